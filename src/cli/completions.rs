//! `gpucam completions SHELL`: clap completes the flags; effects, their parameters and models are added here.

use clap::{Args, Command, ValueEnum, builder::PossibleValuesParser};
use clap_complete::{Shell, generate};

use super::console::print_line;
use crate::{
    Result,
    effects::{self, ParamType},
    model::catalogue,
};

#[derive(Args, Debug)]
pub(super) struct CompletionsArgs {
    #[arg(value_enum, value_name = "SHELL")]
    shell: ShellArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ShellArg {
    Bash,
    Zsh,
    Fish,
}

pub(super) fn write(args: &CompletionsArgs, command: Command) -> Result<()> {
    let models: Vec<_> = catalogue::entries().iter().map(|entry| entry.name.clone()).collect();
    // clap needs 'static strings; the program ends right after this.
    let known =
        |values: Vec<String>| PossibleValuesParser::new(values.into_iter().map(|value| &*value.leak()));
    let known = [("effect", known(written())), ("model", known(models))];
    let mut command = offering(command, &known);
    let mut text = Vec::new();
    let shell = match args.shell {
        ShellArg::Bash => Shell::Bash,
        ShellArg::Zsh => Shell::Zsh,
        ShellArg::Fish => Shell::Fish,
    };
    generate(shell, &mut command, "gpucam", &mut text);
    let text = String::from_utf8_lossy(&text);
    let text = match args.shell {
        ShellArg::Bash => text.into_owned() + WORDS,
        _ => text.into_owned(),
    };
    print_line(text.trim_end())
}

/// Adds possible values to these arguments, in every subcommand. Only for completion: other values are valid
/// too.
fn offering(mut command: Command, known: &[(&'static str, PossibleValuesParser)]) -> Command {
    let inner: Vec<_> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    for (name, values) in known {
        if command.get_arguments().any(|arg| arg.get_id() == name) {
            command =
                command.mut_arg(name, |arg| arg.value_parser(values.clone()).hide_possible_values(true));
        }
    }
    inner
        .into_iter()
        .fold(command, |command, name| command.mut_subcommand(name, |inner| offering(inner, known)))
}

/// Every effect, alone and with each of its parameters; a parameter that takes a word, with each word.
fn written() -> Vec<String> {
    let mut all = Vec::new();
    for spec in effects::ALL {
        all.push(spec.name.to_owned());
        for (i, p) in spec.parameters.iter().enumerate() {
            let value = match i {
                0 => format!("{}:", spec.name),
                _ => format!("{},{}=", spec.name, p.name),
            };
            match p.ty {
                ParamType::Choice(words) => all.extend(words.iter().map(|word| format!("{value}{word}"))),
                _ => all.push(value),
            }
        }
    }
    all
}

/// bash splits words at `:` and `=`. This function joins them before clap's function sees them, and removes
/// the part already typed from its results. It adds no space after `:` and `=`.
const WORDS: &str = r#"
_gpucam_whole() {
    local -a words=()
    local i at=0 joined=
    for ((i = 0; i <= COMP_CWORD; i++)); do
        local word=${COMP_WORDS[i]}
        if ((i > 1)) && [[ $word == [:=]* || ( $joined && ${words[at]} == *[:=] ) ]]; then
            words[at]+=$word
            joined=1
        else
            ((i > 0)) && ((at += 1))
            words[at]=$word
            joined=
        fi
    done
    COMP_WORDS=("${words[@]}")
    COMP_CWORD=$at
    local typed=${words[at]}
    _gpucam "$1" "$typed" "${words[at-1]}"
    if [[ $typed == *[:=]* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${typed%"${typed##*[:=]}"}"}")
    fi
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[:=] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}
complete -F _gpucam_whole -o bashdefault -o default gpucam
"#;
