//! The gpucam command.
use clap::Parser;
use gpucam::{cli::models, model::catalogue::Places};

#[derive(Parser)]
enum Command {
    Models(models::ModelsArgs),
}

fn main() {
    let Command::Models(args) = Command::parse();
    if let Err(error) = models::run(&args, &Places::from_env(), &mut std::io::stdout()) {
        eprintln!("gpucam: {error}");
        std::process::exit(1);
    }
}
