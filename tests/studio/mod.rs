//! `gpucam studio`: every control of the window reaches the pipeline, what it writes is what the command reads, and the
//! thread behind it draws what the pipeline draws.

mod kept;
mod texts;
mod view;
mod window;
mod worker;

use gpucam::internals::studio::{
    choice::EffectChoice,
    settings::{Input, PictureSettings, SourceChoice},
    state::StudioState,
};
use libtest_mimic::Trial;

use crate::support::{Files, gpu_test, needs, test};

pub fn trials() -> Vec<Trial> {
    let model = |name: &str, run: fn()| needs(&[Files::MODEL], gpu_test(name, run));
    vec![
        test("studio::a_slider_reaches_the_pipeline", view::slider),
        test("studio::every_parameter_has_its_widget", view::parameters),
        test("studio::every_control_reaches_the_pipeline", view::controls),
        test("studio::what_is_typed_reaches_the_pipeline", view::typed),
        test("studio::cards_choose_and_add_effects", view::cards),
        test("studio::effects_are_moved_and_removed", view::stack),
        test("studio::a_shader_of_ones_own_gets_sliders_and_its_fault", view::shader),
        test("studio::the_line_moves_by_keyboard", view::split),
        test("studio::files_are_dropped", view::dropped),
        test("studio::the_bar_acts", view::bar),
        test("studio::what_a_running_gpucam_shows_is_watched", view::running),
        test("studio::what_is_wrong_is_said_where_it_belongs", view::faults),
        test("studio::the_plot_names_every_pass", view::plot),
        test("studio::screen_readers_hear_names", view::names),
        test("studio::a_preset_leaves_the_rest_of_the_file", texts::preset),
        test("studio::a_preset_is_what_the_command_reads", texts::preset_is_read),
        test("studio::the_command_line_is_what_the_shell_reads", texts::command_line),
        test("studio::the_window_takes_every_flag_that_it_writes", texts::own_flags),
        test("studio::use_now_sends_every_flag_or_takes_it_back", texts::sent),
        test("studio::the_editor_gets_a_terminal_if_it_needs_one", texts::editor),
        test("studio::what_lacks_its_file_hides_the_room", kept::file_to_come),
        test("studio::a_look_at_a_running_gpucam_changes_nothing", kept::look),
        test("studio::values_with_more_digits_than_a_slider_stay", kept::digits),
        test("studio::a_picture_goes_to_the_effect_that_waits_for_it", kept::waiting),
        test("studio::a_notice_of_the_camera_passes", kept::notice),
        test("studio::another_device_begins_anew", kept::reopened),
        window::trial(),
        model("studio::the_worker_draws_what_the_pipeline_draws", worker::draws),
        model("studio::commands_change_the_picture", worker::commands),
        model("studio::nothing_is_drawn_while_nobody_sees_it", worker::asleep),
        model("studio::a_lost_gpu_is_said", worker::lost),
        model("studio::a_shader_that_is_mended_is_drawn", worker::mended),
        model("studio::a_damaged_picture_is_said_and_left", worker::damaged),
    ]
}

/// A state with these effects, over the test card.
fn state(effects: &[&str]) -> StudioState {
    let effects = effects.iter().map(|text| EffectChoice::from_text(text).expect("an effect")).collect();
    let source = SourceChoice::new(Input::File("testcard".into()));
    StudioState::new(effects, PictureSettings::default(), source)
}
