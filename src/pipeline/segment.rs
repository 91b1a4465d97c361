//! Records the path of a frame: from the camera's picture to the model, from its output to alpha, then the
//! effects.

use std::{mem, time::Duration};

use super::{
    calibration::Calibration, develop::Developed, keeper::Keeper, limits, look, room_file::RoomKey,
    settings::Settings,
};
use crate::{
    Colorimetry, Result,
    effects::{EffectSwitcher, Effects, HalfResolution},
    frame::geometry::Framing,
    gpu::{self, Clock, Gpu, Plane, Recorder, Recording},
    model::ModelView,
    passes::{
        self, Alpha, FollowedRegion, Frame, KeptPerson, People, PersonBox, Refine, Room, Shape, Smooth, State,
    },
    segmenter::Segmenter,
};

/// Finds the person in each frame, and draws the effects.
#[derive(Debug)]
pub(super) struct Segment {
    pub segmenter: Segmenter,
    pub probability: Plane<gpu::Mask>,
    /// If burn runs the model: the passes after it, up to alpha.
    pub after_model: Option<Recording>,
    pub alpha: Alpha,
    pub effects: EffectSwitcher,
    /// The state that passes carry from frame to frame.
    state: State,
    /// What was learnt of the room.
    pub room: Option<Room>,
    framing: Framing,
    /// If what it draws is shown: who asks for the room is answered.
    calibration: Option<Calibration>,
    /// The same, and the room is kept between starts.
    keeper: Option<Keeper>,
    /// If one person alone is kept: whose what is.
    kept: Option<(KeptPerson, Clock)>,
    /// If the shown part of the picture follows the person.
    pub following: Option<Following>,
    /// If frames are looked at twice: the box around the person.
    person: Option<PersonBox>,
    /// If the effects draw with another picture than the camera's.
    developed: Option<Developed>,
}

impl Segment {
    /// Records a frame. Returns the recording that runs first, the reframed picture, and the rest. At low
    /// quality, all passes between reframe and alpha work at half the frame's size, and the last one enlarges
    /// alpha.
    pub(super) fn record(
        mut rec: Recorder<'_>,
        segmenter: Segmenter,
        camera: &Frame,
        framing: &Framing,
        settings: &Settings,
    ) -> Result<(Recording, Frame, Self)> {
        let gpu = rec.gpu();
        let following = settings.geometry.follow.map(|closest| Following::new(gpu, framing, closest));
        let frame = match &following {
            None => passes::reframe(&mut rec, camera, framing),
            Some(Following { region, .. }) => {
                passes::reframe_moving(&mut rec, camera, framing, &region.values)
            }
        };

        // ---- sense: from the frame to the model's input
        let half = settings.quality.halves(frame.size).then(|| passes::halve(&mut rec, &frame));
        let source = half.as_ref().unwrap_or(&frame);
        let mask = ModelView::whole(ModelView::mask_size(source.size));
        let view = ModelView::for_frame(source.size, segmenter.input_size());
        let state = State::new(gpu, source.size, mask.size, settings.smooth == Smooth::Auto);
        let guide = passes::guide(&mut rec, source, mask.size, &state);
        let small = match view == mask {
            true => guide.plane.clone(),
            false => passes::preprocess(&mut rec, source, view),
        };
        let exposure = passes::expose(&mut rec, &guide, settings.exposure, segmenter.reading(), &state);
        let before_model = match segmenter.record(&mut rec, &small, &exposure) {
            true => None,
            false => Some(mem::replace(&mut rec, Recorder::new(gpu)).finish()),
        };

        // ---- refine: from the model's output to alpha
        let probability = segmenter.probability(&mut rec);
        let Settings { refine, smooth, shape, .. } = *settings;
        let grid = segmenter.reading().grid;
        let second = segmenter.second().filter(|_| settings.looks_twice(gpu));
        let person = second.map(|_| PersonBox::new(gpu, mask.size));
        let fit = |rec: &mut Recorder<'_>, shape| {
            passes::fit_mask(rec, refine, shape, &probability, view, grid, mask.size)
        };
        let fitted = match second.zip(person.as_ref()) {
            None => fit(&mut rec, shape),
            Some((model, person)) => {
                let first = fit(&mut rec, Shape { islands: 0.0, ..shape });
                let seen = look::record(&mut rec, model, source, &guide, &exposure, &first, person, &state);
                passes::without_islands(&mut rec, seen, shape)
            }
        };
        // A picture that moves shows another room in each frame.
        let is_still = following.is_none() && limits::holds_room(gpu, source.size);
        let learns = settings.learn_room.is_on(gpu) && refine == Refine::Guided && is_still;
        let room = learns.then(|| Room::new(gpu, source, mask.size));
        let refined = &state.solved[1]; // of the frame before, until `refine` writes it
        let fitted = match &room {
            Some(room) => passes::amended_by_room(&mut rec, &guide.plane, &fitted, refined, room),
            None => fitted,
        };
        let keeps_one = settings.people == People::Front;
        let kept = keeps_one.then(|| (KeptPerson::new(gpu, fitted.size), Clock::new(gpu)));
        let fitted = match &kept {
            None => fitted,
            Some((person, clock)) => {
                let classes = passes::people(&mut rec, &fitted, person, &clock.seconds);
                passes::front(&mut rec, &fitted, &guide.plane, &classes, person)
            }
        };
        let known = room.as_ref();
        let alpha = passes::refine(&mut rec, refine, smooth, shape, source, &guide, &fitted, known, &state);
        if let Some(room) = &room {
            // Before it was shaped.
            let alpha = Alpha { words: state.alpha.clone(), size: source.size };
            passes::room_learn(&mut rec, &guide.plane, refined, &alpha, room);
            passes::room_plate(&mut rec, source, room);
        }
        let (alpha, half) = match half {
            None => (alpha, None),
            Some(half) => {
                (passes::enlarge(&mut rec, &alpha, frame.size), Some(HalfResolution { frame: half, alpha }))
            }
        };
        if let Some(Following { region, clock, closest }) = &following {
            passes::follow(&mut rec, &alpha, &clock.seconds, region, framing, *closest, &state);
        }
        let developed = Developed::record(&mut rec, &frame, &guide, &alpha, settings, &state);
        let (shown, developed) = developed.map_or((frame.clone(), None), |(shown, kept)| (shown, Some(kept)));
        // What effects blur at half the size is the picture that is shown.
        let half = half.map(|half| match developed.is_some() {
            true => HalfResolution { frame: passes::halve(&mut rec, &shown), ..half },
            false => half,
        });
        let last = rec.finish();
        let (first, after_model) = match before_model {
            Some(before_model) => (before_model, Some(last)),
            None => (last, None),
        };

        // ---- draw: recordings of their own, so that effects can be switched
        // The room is known in the camera's light.
        let plate = room.clone().map(|room| match developed.as_ref().and_then(Developed::light) {
            Some(light) => room.in_light(light),
            None => room,
        });
        let effects = EffectSwitcher::new(gpu, &shown, &alpha, half, plate, &settings.effects)?;
        Ok((
            first,
            frame,
            Self {
                segmenter,
                probability,
                after_model,
                alpha,
                effects,
                state,
                room,
                framing: *framing,
                calibration: None,
                keeper: None,
                kept,
                following,
                person,
                developed,
            },
        ))
    }

    /// Answers who asks for the room from now on, and keeps it, as these settings say.
    pub(super) fn adopted(&mut self, gpu: &Gpu, colorimetry: Colorimetry, settings: &Settings) {
        let Settings { calibration: desk, keep_room, .. } = settings;
        desk.adopted(self.room.is_some());
        let Some(room) = &self.room else { return };
        self.calibration = Some(Calibration::new(desk.clone()));
        self.keeper = keep_room.as_ref().and_then(|shelf| {
            let key = |camera: &str| RoomKey::new(camera, &self.framing, room.frame, room.size, colorimetry);
            Keeper::new(gpu, room, shelf, desk, key)
        });
    }

    /// Clears the state from earlier frames.
    pub(super) fn reset(&mut self, gpu: &Gpu) {
        self.state.reset(gpu);
        self.forget_room(gpu);
        if let Some((person, clock)) = &mut self.kept {
            person.reset(gpu);
            clock.reset();
        }
        if let Some(following) = &mut self.following {
            following.reset(gpu);
        }
        self.person.iter().for_each(|person| person.reset(gpu));
        if let Some(developed) = &mut self.developed {
            developed.reset(gpu);
        }
    }

    fn forget_room(&mut self, gpu: &Gpu) {
        if let Some(room) = &self.room {
            room.reset(gpu);
            self.calibration.iter_mut().for_each(Calibration::room_was_reset);
        }
    }

    /// Whether frames are looked at twice.
    pub(super) fn looks_twice(&self) -> bool {
        self.person.is_some()
    }

    /// Lets the next frame's alpha be its own, without an average.
    pub(super) fn forget_alpha(&self, gpu: &Gpu) {
        self.state.forget_alpha(gpu);
    }

    /// Prepares other effects on another thread.
    pub(super) fn switch(&mut self, effects: Effects) {
        self.effects.switch(effects);
    }

    /// Advances everything animated to the frame captured at `at`.
    pub(super) fn step(&mut self, gpu: &Gpu, at: Duration) -> Result<()> {
        self.effects.update(at)?;
        if let Some(following) = &mut self.following {
            following.clock.step(gpu, at);
        }
        if let Some((_, clock)) = &mut self.kept {
            clock.step(gpu, at);
        }
        if self.calibration.as_ref().is_some_and(Calibration::takes_forgetting) {
            self.forget_room(gpu);
            self.keeper.iter_mut().for_each(Keeper::forget);
        }
        if let (Some(room), Some(calibration)) = (&self.room, &mut self.calibration)
            && calibration.step(gpu, room, at)
        {
            self.keeper.iter_mut().for_each(Keeper::learnt);
        }
        self.keeper.iter_mut().for_each(|keeper| keeper.step(at));
        if let Some(developed) = &mut self.developed {
            developed.step(gpu, at);
        }
        Ok(())
    }
}

/// Moves the shown part of the picture so that it follows the person.
#[derive(Debug)]
pub(super) struct Following {
    /// The part that the next frame shows.
    pub region: FollowedRegion,
    clock: Clock,
    /// Maximum magnification of the person.
    closest: f64,
}

impl Following {
    fn new(gpu: &Gpu, framing: &Framing, closest: f64) -> Self {
        Self { region: FollowedRegion::new(gpu, framing), clock: Clock::new(gpu), closest }
    }

    fn reset(&mut self, gpu: &Gpu) {
        self.region.reset(gpu);
        self.clock.reset();
    }
}
