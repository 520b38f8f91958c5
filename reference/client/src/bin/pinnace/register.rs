//! `pinnace register`

use core::time::Duration;
use std::io::{self, BufRead, Write};
use std::path::Path;

use pinnace_client::devices::LinkStage;
use pinnace_client::{Client, LinkState, RegisterAnswer, RegisterError, RegisterStep};
use pinnace_session::{RegistrationState, Replace};
use pinnace_wire::{ErrorCode, Method};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::arguments::{Common, Register};
use super::failure::Failure;
use super::output::Output;
use super::start;

/// How often the log of the development server is looked at, in milliseconds.
const LOOK_MS: u64 = 50;

/// How long "too soon" is waited out, in milliseconds: a code that was typed at once, not a ladder of half a minute.
const SOON_MS: u64 = 5_000;

pub(crate) async fn run(common: &Common, task: Register, output: Output) -> Result<(), Failure> {
    let client = start::client(common)?;
    let deadline = start::deadline(common);
    let state = start::connected(&client, deadline).await?;
    if state.link == LinkState::Online {
        return Err(Failure::refused(format!("this device is registered: {}", client.device())));
    }
    if state.link_stage == Some(LinkStage::Linked) {
        return Err(Failure::refused(
            "this device was linked to an account and removed from it: link it again, or use another --home",
        ));
    }
    let outcome = ladder(&client, &task, output, deadline).await;
    if outcome.is_ok() {
        // REGISTERED ends the session; the next one proves that the server knows the device.
        let mut state = client.state();
        let known = timeout_at(deadline, state.wait_for(|state| state.link == LinkState::Online)).await;
        known
            .map_err(|_| Failure::no_answer("registered, but the server did not welcome the device in time"))
            .map(drop)?;
        start::published(&client, deadline).await?;
        let text = format!("registered {} as device {}", task.number, client.device());
        let (device, account) = (client.device().to_string(), client.keys().account().to_string());
        output.line(
            &text,
            &json!({ "registered": { "device": device, "account": account, "number": task.number } }),
        )?;
    }
    client.close().await;
    outcome
}

async fn ladder(client: &Client, task: &Register, output: Output, deadline: Instant) -> Result<(), Failure> {
    let e164 = task.number.clone();
    let replace = if task.replace { Replace::Wanted } else { Replace::Unwanted };
    // What stands in the log already belongs to an earlier registration.
    let seen = task.code_from.as_deref().map_or(0, |path| codes(path, &e164).len());
    let state = step(client, RegisterStep::Number { e164: e164.clone(), replace }, deadline).await?;
    let method = choose(&state, task)?;
    let waiting = step(client, RegisterStep::Method(method), deadline).await?;
    let asked = Instant::now();
    let code = match (&task.code, &task.code_from) {
        (Some(code), _) => code.clone(),
        (None, Some(path)) => from_log(path, &e164, seen, deadline).await?,
        (None, None) => from_person(output, waiting.code_len.value()).await?,
    };
    sleep_until(asked + Duration::from_millis(waiting.code_wait_ms.value())).await;
    step(client, RegisterStep::Code(code), deadline).await?;
    match ask(client, RegisterStep::Device { e164 }, deadline).await? {
        RegisterAnswer::Registered { .. } => Ok(()),
        RegisterAnswer::State(_) => {
            Err(Failure::no_answer("the server did not say that the device is registered"))
        }
    }
}

/// The way that was asked for, or the first known one that may be used now, else the first known one.
fn choose(state: &RegistrationState, task: &Register) -> Result<Method, Failure> {
    if let Some(way) = task.method {
        return Ok(way.method());
    }
    let typed = [Method::PUSH, Method::SMS, Method::VOICE];
    let known = || state.methods.iter().filter(|offer| typed.contains(&offer.method));
    let chosen = known().find(|offer| offer.wait_ms.value() == 0).or_else(|| known().next());
    chosen
        .map(|offer| offer.method)
        .ok_or_else(|| Failure::refused("the server offers no way to send a code"))
}

async fn step(client: &Client, step: RegisterStep, deadline: Instant) -> Result<RegistrationState, Failure> {
    match ask(client, step, deadline).await? {
        RegisterAnswer::State(state) => Ok(state),
        RegisterAnswer::Registered { .. } => Err(Failure::no_answer("the server answered another question")),
    }
}

/// Asks, and asks once more where the server says that it was a little too soon.
async fn ask(client: &Client, step: RegisterStep, deadline: Instant) -> Result<RegisterAnswer, Failure> {
    let first = timeout_at(deadline, client.register(step.clone())).await;
    let soon_ms = match first {
        Ok(Err(RegisterError::Failed { code, retry_after_ms: Some(wait_ms) }))
            if code.known() == Some(ErrorCode::TooSoon) && wait_ms <= SOON_MS =>
        {
            Some(wait_ms)
        }
        Ok(_) | Err(_) => None,
    };
    let answer = match soon_ms {
        Some(wait_ms) => {
            sleep(Duration::from_millis(wait_ms)).await;
            timeout_at(deadline, client.register(step)).await
        }
        None => first,
    };
    match answer {
        Err(_) => Err(Failure::no_answer("the server did not answer in time")),
        Ok(Err(RegisterError::ConnectionLost)) => Err(Failure::no_answer(RegisterError::ConnectionLost)),
        Ok(Err(error)) => Err(Failure::refused(explain(error))),
        Ok(Ok(answer)) => Ok(answer),
    }
}

fn explain(error: RegisterError) -> String {
    let (known, retry_after_ms) = match error {
        RegisterError::Failed { code, retry_after_ms } => (code.known(), retry_after_ms),
        RegisterError::Rate { .. }
        | RegisterError::AlreadyRegistered
        | RegisterError::ConnectionLost
        | RegisterError::Busy
        | RegisterError::Stopped => (None, None),
    };
    match known {
        Some(ErrorCode::TooSoon) => {
            let wait_s = retry_after_ms.unwrap_or_default().div_ceil(1000);
            format!("it is too soon for another code: try again in {wait_s} s")
        }
        Some(ErrorCode::BadNumber) => "that is no telephone number: + and 7 to 15 digits".to_owned(),
        Some(ErrorCode::CodeWrong) => "the code is wrong".to_owned(),
        Some(ErrorCode::NumberTaken) => {
            "the number belongs to another account: --replace takes it, and removes that account's devices"
                .to_owned()
        }
        Some(_) | None => error.to_string(),
    }
}

async fn from_log(path: &Path, e164: &str, seen: usize, deadline: Instant) -> Result<String, Failure> {
    loop {
        if let Some(code) = codes(path, e164).into_iter().nth(seen) {
            return Ok(code);
        }
        if Instant::now() >= deadline {
            return Err(Failure::no_answer(format!("no code for {e164} in {}", path.display())));
        }
        sleep(Duration::from_millis(LOOK_MS)).await;
    }
}

/// The codes for this number in a log of JSON lines; what is no such line is passed over.
fn codes(path: &Path, e164: &str) -> Vec<String> {
    let log = std::fs::read_to_string(path).unwrap_or_default();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ours = lines.filter(|line| line.get("e164").and_then(Value::as_str) == Some(e164));
    ours.filter_map(|line| line.get("code")?.as_str().map(str::to_owned)).collect()
}

async fn from_person(output: Output, code_len: u64) -> Result<String, Failure> {
    output.note(&format!("a code of {code_len} digits was sent"));
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        write!(io::stderr(), "code: ")?;
        io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let line = line.await.map_err(|_| Failure::refused("the terminal was lost"))??;
    let code: String = line.chars().filter(char::is_ascii_digit).collect();
    if code.is_empty() { Err(Failure::usage("no code was given")) } else { Ok(code) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_of_the_development_server_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let log = "{\"e164\":\"+461\",\"code\":\"1\"}\nnoise\n{\"e164\":\"+462\",\"code\":\"2\"}\n{\"e164\":\"+461\",\"code\":\"3\"}\n";
        std::fs::write(&path, log).unwrap();
        assert_eq!(codes(&path, "+461"), ["1", "3"]);
        assert!(codes(&path, "+463").is_empty());
        assert!(codes(Path::new("/nowhere"), "+461").is_empty());
    }
}
