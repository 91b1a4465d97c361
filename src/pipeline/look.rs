//! Records the second look: another model, at the box around the person.

use crate::{
    gpu::{self, Plane, Recorder, Storage},
    passes::{self, Frame, Guide, PersonBox, State},
    segmenter::Segmenter,
};

/// The mask `first` of the whole frame, mixed inside the person's box with what `model` sees there. In frames
/// without a box, the dispatches of the second look have no workgroups.
#[allow(clippy::too_many_arguments)] // one for each arrow into the second look in ARCHITECTURE.md
pub(super) fn record(
    rec: &mut Recorder<'_>,
    model: &Segmenter,
    frame: &Frame,
    guide: &Guide,
    exposure: &Storage,
    first: &Plane<gpu::Mask>,
    person: &PersonBox,
    state: &State,
) -> Plane<gpu::Mask> {
    let gpu = rec.gpu();
    let mut look = Recorder::new(gpu);
    let small = passes::close_up(&mut look, frame, person, exposure, model.input_size());
    // The close-up is brightened already.
    let reading = model.reading();
    let exposure = rec.constants("exposure", &[1.0, reading.scale, reading.offset, 1.0]);
    model.record(&mut look, &small, &exposure);
    let close = model.probability(&mut look);

    let blocks = passes::person_blocks(rec, &state.solved[1], guide);
    let dispatches = passes::person_box(rec, &blocks, &look.workgroups(), frame.size, first.size, person);
    rec.append_indirect(look, &dispatches);
    passes::second_look(rec, first, &close, person, frame.size)
}
