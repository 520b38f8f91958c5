//! `pinnace`: a messenger for the command line. `say`, `group` and `chat --to` are end-to-end encrypted; `send` is for debugging.

mod arguments;
mod chat;
mod code;
mod confer;
mod debug;
mod devices;
mod failure;
mod group;
mod link;
mod output;
mod receipt;
mod receive;
mod register;
mod safety;
mod said;
mod say;
mod send;
mod show;
mod start;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Task};
use failure::Failure;
use output::{Form, Output};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Failure::system)
        .and_then(|runtime| {
            let outcome = runtime.block_on(run(arguments));
            // A thread that waits for a line of the terminal would hold the process back.
            runtime.shutdown_background();
            outcome
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { common, task } = arguments;
    let output = Output::new(if common.json { Form::Json } else { Form::Text });
    match task {
        Task::Register(task) => register::run(&common, task, output).await,
        Task::Send(task) => send::run(&common, task, output).await,
        Task::Receive(task) => receive::run(&common, task, output).await,
        Task::Chat(task) => chat::run(&common, task, output).await,
        Task::Say(task) => say::run(&common, *task, output).await,
        Task::Group { task } => group::run(&common, task, output).await,
        Task::Link => link::run(&common, output).await,
        Task::Devices(task) => devices::run(&common, task, output).await,
        Task::Safety(task) => safety::run(&common, task, output).await,
        Task::Status => show::status(&common, output),
    }
}
