//! `pinnaced`, the Pinnace server.

mod args;
mod check;
mod dev;
mod environment;
mod export;
mod failure;
#[cfg(feature = "faults")]
mod faults;
mod line;
mod logs;
mod ready;
mod realm;
mod serve;
mod settings;

use std::process::ExitCode;

use args::{Args, Command};
use clap::Parser as _;

fn main() -> ExitCode {
    let args = Args::parse();
    let result = environment::check().and_then(|()| match args.command {
        Command::Run(run) => serve::run(&run),
        Command::Dev(dev) => dev::dev(&dev),
        Command::CheckConfig(check) => check::check(&check),
        #[cfg(feature = "faults")]
        Command::Faults(args) => faults::list(&args),
        Command::Export(export) => export::export(&export),
        Command::Realm(realm) => realm::realm(&realm),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            anstream::eprintln!("pinnaced: {failure}");
            failure.exit_code()
        }
    }
}
