//! REGISTER, REGISTER_METHOD, REGISTER_CODE, REGISTER_DEVICE.

use pinnace_home::memory::World;
use pinnace_home::{
    CodeDone, CodeRequest, EnrolDone, EnrolRequest, HelloCounter, MethodDone, MethodRequest, RegisterDone,
    RegisterRequest, RegistrationState, Replace, RetractRequest, Rules, Stage, account_id, code, enrol,
    method, register, retract,
};

use crate::script::{Name, device_of, key_of, number_of};

const SMS: u64 = 3;
const VOICE: u64 = 4;

/// What somebody at a registration does: the name is the device, all share one number.
#[derive(Clone, Copy, Debug)]
enum Try {
    Register(Name),
    Method(Name, u64),
    /// The gateway did not take the code.
    Retract(Name),
    /// The code that was sent.
    Right(Name),
    /// Another code.
    Wrong(Name),
    Enrol(Name),
    Wait(u64),
}
use Try::{Enrol, Method, Register, Retract, Right, Wait, Wrong};

fn state_words(state: &RegistrationState) -> String {
    let offers: Vec<String> =
        state.methods.iter().map(|offer| format!("{}@{}", offer.method, offer.wait_ms)).collect();
    let stage = match state.stage {
        Stage::Choosing => "choosing",
        Stage::Waiting => "waiting",
        Stage::Verified => "verified",
    };
    format!(
        "{stage} [{}] len {} wait {} left {} ends {}",
        offers.join(" "),
        state.code_len,
        state.code_wait_ms,
        state.attempts_left,
        state.expires_in_ms
    )
}

fn act(world: &mut World, what: Try) -> String {
    let number = number_of('n');
    match what {
        Register(name) => {
            let request = RegisterRequest { device: device_of(name), number, replace: Replace::Refuse };
            match world.run(|view, rules, now| register(view, rules, now, &request)).unwrap() {
                RegisterDone::Started(state) => state_words(&state),
                RegisterDone::Rate { retry_after_ms } => format!("rate {retry_after_ms}"),
                RegisterDone::Over { retry_after_ms } => format!("over {retry_after_ms}"),
            }
        }
        Method(name, method_id) => {
            let request = MethodRequest {
                device: device_of(name),
                number,
                method: method_id,
                digits: b"123456".to_vec(),
            };
            match world.run(|view, rules, now| method(view, rules, now, &request)).unwrap() {
                MethodDone::Send { state, code } => {
                    assert_eq!(code, b"123456");
                    state_words(&state)
                }
                MethodDone::Unavailable => "unavailable".into(),
                MethodDone::TooSoon { retry_after_ms } => format!("too soon {retry_after_ms}"),
                MethodDone::Over { retry_after_ms } => format!("over {retry_after_ms}"),
            }
        }
        Retract(name) => {
            let request = RetractRequest { device: device_of(name), number };
            world.run(|view, _, now| retract(view, now, request)).unwrap();
            String::new()
        }
        Right(name) => present(world, name, b"123456"),
        Wrong(name) => present(world, name, b"123457"),
        Enrol(name) => {
            let static_key = key_of(name);
            let request = EnrolRequest {
                static_key,
                hello_counter: HelloCounter::new(1).unwrap(),
                number,
                account: account_id(&static_key),
                not_after_s: 9,
                certificate: vec![1],
            };
            match world.run(|view, rules, now| enrol(view, rules, now, &request)).unwrap() {
                EnrolDone::Registered { .. } => "registered".into(),
                EnrolDone::NotVerified => "not verified".into(),
                EnrolDone::NumberTaken => "taken".into(),
                EnrolDone::DeviceLimit => "limit".into(),
                EnrolDone::CertificateInvalid => "invalid".into(),
            }
        }
        Wait(ms) => {
            world.now_ms += ms;
            world.sweep();
            String::new()
        }
    }
}

fn present(world: &mut World, name: Name, digits: &[u8]) -> String {
    let request = CodeRequest { device: device_of(name), number: number_of('n'), code: digits.to_vec() };
    match world.run(|view, rules, now| code(view, rules, now, &request)).unwrap() {
        CodeDone::Verified(state) => state_words(&state),
        CodeDone::Wrong(state) => format!("wrong, left {}, wait {}", state.attempts_left, state.code_wait_ms),
        CodeDone::TooSoon { retry_after_ms } => format!("too soon {retry_after_ms}"),
        CodeDone::Over { retry_after_ms } => format!("over {retry_after_ms}"),
    }
}

#[track_caller]
fn check(rules: Rules, script: &[(Try, &str)]) {
    let mut world = World::new(rules);
    for (index, (what, expected)) in script.iter().enumerate() {
        assert_eq!(act(&mut world, *what), *expected, "step {index}: {what:?}");
    }
}

fn rules() -> Rules {
    Rules {
        code_wait_ms: 500,
        method_wait_ms: 30_000,
        registration_s: 600,
        code_attempts_max: 3,
        ..Rules::default()
    }
}

#[test]
fn a_registration_goes_from_choosing_to_registered() {
    check(
        rules(),
        &[
            (Register('x'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
            (Enrol('x'), "not verified"),
            (Right('x'), "too soon 500"),
            (Method('x', SMS), "waiting [3@30000 4@30000] len 6 wait 500 left 3 ends 600000"),
            (Right('x'), "too soon 500"),
            (Wait(500), ""),
            (Enrol('x'), "not verified"),
            (Right('x'), "verified [] len 0 wait 0 left 3 ends 599500"),
            (Right('x'), "verified [] len 0 wait 0 left 3 ends 599500"),
            (Method('x', SMS), "unavailable"),
            (Enrol('x'), "registered"),
            (Enrol('x'), "not verified"),
        ],
    );
}

#[test]
fn methods_have_waits_that_belong_to_the_number() {
    check(
        rules(),
        &[
            (Method('x', SMS), "over 0"),
            (Register('x'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
            (Method('x', 1), "unavailable"),
            (Method('x', VOICE), "too soon 30000"),
            (Method('x', SMS), "waiting [3@30000 4@30000] len 6 wait 500 left 3 ends 600000"),
            (Method('x', SMS), "too soon 30000"),
            (Wait(20_000), ""),
            (Register('y'), "choosing [3@10000 4@30000] len 0 wait 0 left 3 ends 600000"),
            (Method('y', SMS), "too soon 10000"),
            (Wait(10_000), ""),
            (Method('x', VOICE), "waiting [3@30000 4@30000] len 6 wait 500 left 3 ends 570000"),
            (Method('y', SMS), "too soon 30000"),
        ],
    );
}

#[test]
fn that_a_number_is_taken_does_not_show() {
    check(
        rules(),
        &[
            (Register('x'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
            (Method('x', SMS), "waiting [3@30000 4@30000] len 6 wait 500 left 3 ends 600000"),
            (Wait(500), ""),
            (Right('x'), "verified [] len 0 wait 0 left 3 ends 599500"),
            (Enrol('x'), "registered"),
            (Wait(3_600_000), ""),
            (Register('y'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
        ],
    );
}

#[test]
fn a_code_that_never_went_out_begins_no_wait() {
    check(
        rules(),
        &[
            (Register('x'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
            (Method('x', SMS), "waiting [3@30000 4@30000] len 6 wait 500 left 3 ends 600000"),
            (Retract('x'), ""),
            (Right('x'), "too soon 500"),
            (Method('x', SMS), "waiting [3@30000 4@30000] len 6 wait 500 left 3 ends 600000"),
            (Wait(500), ""),
            (Right('x'), "verified [] len 0 wait 0 left 3 ends 599500"),
            (Retract('x'), ""),
            (Enrol('x'), "registered"),
        ],
    );
}

#[test]
fn attempts_belong_to_the_number_whoever_tries() {
    check(
        rules(),
        &[
            (Register('x'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
            (Method('x', SMS), "waiting [3@30000 4@30000] len 6 wait 500 left 3 ends 600000"),
            (Wait(500), ""),
            (Wrong('x'), "wrong, left 2, wait 500"),
            (Wrong('x'), "too soon 500"),
            (Wait(500), ""),
            (Wrong('x'), "wrong, left 1, wait 500"),
            (Register('y'), "choosing [3@29000 4@30000] len 0 wait 0 left 1 ends 600000"),
            (Wait(29_000), ""),
            (Method('y', SMS), "waiting [3@30000 4@30000] len 6 wait 500 left 1 ends 571000"),
            (Wait(500), ""),
            (Wrong('y'), "wrong, left 0, wait 500"),
            (Wait(500), ""),
            (Right('y'), "over 569500"),
            (Right('x'), "over 569500"),
            (Method('x', SMS), "over 569500"),
            (Register('x'), "over 569500"),
            (Wait(569_500), ""),
            (Register('x'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
        ],
    );
}

#[test]
fn a_right_code_forgives_the_wrong_ones() {
    check(
        rules(),
        &[
            (Register('x'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
            (Method('x', SMS), "waiting [3@30000 4@30000] len 6 wait 500 left 3 ends 600000"),
            (Wait(500), ""),
            (Wrong('x'), "wrong, left 2, wait 500"),
            (Wait(500), ""),
            (Right('x'), "verified [] len 0 wait 0 left 3 ends 599000"),
        ],
    );
}

#[test]
fn a_verified_number_stays_so_whatever_others_guess() {
    check(
        rules(),
        &[
            (Register('x'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
            (Method('x', SMS), "waiting [3@30000 4@30000] len 6 wait 500 left 3 ends 600000"),
            (Wait(500), ""),
            (Right('x'), "verified [] len 0 wait 0 left 3 ends 599500"),
            (Register('y'), "choosing [3@29500 4@30000] len 0 wait 0 left 3 ends 600000"),
            (Wait(29_500), ""),
            (Method('y', SMS), "waiting [3@30000 4@30000] len 6 wait 500 left 3 ends 570500"),
            (Wait(500), ""),
            (Wrong('y'), "wrong, left 2, wait 500"),
            (Wait(500), ""),
            (Wrong('y'), "wrong, left 1, wait 500"),
            (Wait(500), ""),
            (Wrong('y'), "wrong, left 0, wait 500"),
            (Method('x', SMS), "unavailable"),
            (Right('x'), "verified [] len 0 wait 0 left 0 ends 568500"),
            (Enrol('x'), "registered"),
        ],
    );
}

#[test]
fn a_registration_ends() {
    check(
        rules(),
        &[
            (Register('x'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
            (Method('x', SMS), "waiting [3@30000 4@30000] len 6 wait 500 left 3 ends 600000"),
            (Wait(600_000), ""),
            (Right('x'), "over 0"),
            (Enrol('x'), "not verified"),
        ],
    );
}

#[test]
fn the_wait_of_a_method_outlives_the_registration() {
    let rules = Rules { registration_s: 1, ..rules() };
    check(
        rules,
        &[
            (Register('x'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 1000"),
            (Method('x', SMS), "waiting [3@30000 4@30000] len 6 wait 500 left 3 ends 1000"),
            (Wait(1_000), ""),
            (Register('y'), "choosing [3@29000 4@30000] len 0 wait 0 left 3 ends 1000"),
            (Method('y', SMS), "too soon 29000"),
        ],
    );
}

#[test]
fn a_wrong_code_is_counted_beyond_the_end_of_its_registration() {
    let rules = Rules { registrations_per_number_per_h: 1_000, ..rules() };
    check(
        rules,
        &[
            (Register('x'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
            (Method('x', SMS), "waiting [3@30000 4@30000] len 6 wait 500 left 3 ends 600000"),
            (Wait(599_000), ""),
            (Wrong('x'), "wrong, left 2, wait 500"),
            (Wait(1_000), ""),
            (Register('y'), "choosing [3@0 4@30000] len 0 wait 0 left 2 ends 600000"),
        ],
    );
}

#[test]
fn a_number_is_registered_so_often_an_hour() {
    let rules = Rules { registrations_per_number_per_h: 2, ..rules() };
    check(
        rules,
        &[
            (Register('x'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
            (Register('y'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
            (Register('z'), "rate 1800000"),
            (Wait(1_800_000), ""),
            (Register('z'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 600000"),
        ],
    );
}

#[test]
fn what_is_told_fits_the_wire() {
    let rules = Rules { registration_s: 86_400, ..rules() };
    check(rules, &[(Register('x'), "choosing [3@0 4@30000] len 0 wait 0 left 3 ends 3600000")]);
}

#[test]
fn a_number_that_was_never_registered_leaves_nothing() {
    let mut world = World::new(rules());
    act(&mut world, Register('x'));
    act(&mut world, Method('x', SMS));
    act(&mut world, Wait(500));
    act(&mut world, Wrong('x'));
    assert_ne!(world.row_count(), 0);
    for _ in 0..10 {
        act(&mut world, Wait(3_600_000));
    }
    assert_eq!(world.row_count(), 0);
}
