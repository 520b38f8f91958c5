//! A history of two devices, clean and with one thing wrong each.

use super::*;

/// Two messages from a to b, the second refused, and one back; b crashes and sees its first item again.
const CLEAN: &str = r#"
{"at_us":1,"process":"a.1","device":"a","event":"invoke","message":1,"to":"b","digest":"a1"}
{"at_us":2,"process":"a.1","device":"a","event":"numbered","message":1,"client_seq":1}
{"at_us":3,"process":"a.1","device":"a","event":"ok","message":1}
{"at_us":4,"process":"a.1","device":"a","event":"invoke","message":2,"to":"b","digest":"a2"}
{"at_us":5,"process":"a.1","device":"a","event":"fail","message":2,"why":"refused"}
{"at_us":6,"process":"b.1","device":"b","event":"received","item":1,"from":"a","message":1,"digest":"a1"}
{"at_us":7,"process":"lane","event":"fault","what":"kill","cycle":1}
{"at_us":8,"process":"b.2","device":"b","event":"received","item":1,"from":"a","message":1,"digest":"a1"}
{"at_us":9,"process":"b.2","device":"b","event":"acked","item":1}
{"at_us":10,"process":"a.1","device":"a","event":"receipt","message":1}
{"at_us":11,"process":"a.1","device":"a","event":"invoke","message":3,"to":"b","digest":"a3"}
{"at_us":12,"process":"a.1","device":"a","event":"ok","message":3}
{"at_us":13,"process":"b.2","device":"b","event":"received","item":2,"from":"a","message":3,"digest":"a3"}
{"at_us":14,"process":"b.2","device":"b","event":"acked","item":2}
{"at_us":15,"process":"a.1","device":"a","event":"ok","message":3}
"#;

/// A line of the history above is replaced (0: put in front), and exactly this is wrong then. Lines count from 2.
#[track_caller]
fn check_changed(from: &str, to: &str, expected: &[(Kind, &[usize])]) {
    assert!(CLEAN.contains(from), "{from} is not in the history");
    let verdict = check(&History::parse(&CLEAN.replacen(from, to, 1)).unwrap());
    let found: Vec<_> = verdict.anomalies.iter().map(|found| (found.kind, found.lines.as_slice())).collect();
    assert_eq!(found, expected, "{:#?}", verdict.anomalies);
}

/// The line goes.
#[track_caller]
fn check_without(line: usize, expected: &[(Kind, &[usize])]) {
    let text = CLEAN.lines().nth(line - 1).unwrap();
    check_changed(text, "", expected);
}

#[test]
fn a_clean_history_is_clean_and_counted() {
    let verdict = check(&History::parse(CLEAN).unwrap());
    assert_eq!(verdict.anomalies, []);
    let faults = BTreeMap::from([("kill".to_owned(), 1)]);
    let counts = Counts {
        lines: 15,
        sent: 3,
        accepted: 2,
        failed: 1,
        received: 2,
        acked: 2,
        receipts: 1,
        faults,
        ..Counts::default()
    };
    assert_eq!(verdict.counts, counts);
}

#[test]
fn what_was_accepted_and_never_received_is_lost() {
    check_changed(
        CLEAN.lines().nth(13).unwrap(),
        r#"{"at_us":13,"process":"lane","event":"fault","what":"kill","cycle":2}"#,
        &[(Kind::Lost, &[12, 13]), (Kind::Phantom, &[15])],
    );
}

#[test]
fn what_has_a_receipt_and_was_never_received_is_lost() {
    check_changed(
        r#""event":"fail","message":2,"why":"refused""#,
        r#""event":"receipt","message":2"#,
        &[(Kind::Lost, &[5, 6])],
    );
}

#[test]
fn a_gap_is_a_loss() {
    check_changed(
        r#"{"at_us":2,"#,
        "{\"at_us\":2,\"process\":\"b.1\",\"device\":\"b\",\"event\":\"gap\",\"item\":9,\"count\":1,\"reason\":1}\n{\"at_us\":2,",
        &[(Kind::Lost, &[3])],
    );
}

#[test]
fn what_may_expire_is_not_lost() {
    let expiring = CLEAN.replacen(r#""digest":"a3"}"#, r#""digest":"a3","expires_s":60}"#, 1);
    let text: Vec<_> = expiring.lines().filter(|line| !line.contains(r#""item":2"#)).collect();
    assert_eq!(check(&History::parse(&text.join("\n")).unwrap()).anomalies, []);
}

#[test]
fn what_was_received_and_never_sent_is_a_phantom() {
    check_without(2, &[(Kind::Phantom, &[7, 4, 11])]);
}

#[test]
fn what_was_received_before_it_was_sent_is_a_phantom() {
    let line = CLEAN.lines().nth(13).unwrap();
    let text = format!("{line}{}", CLEAN.replacen(line, "", 1));
    let verdict = check(&History::parse(&text).unwrap());
    assert_eq!(verdict.anomalies.iter().map(|found| found.kind).collect::<Vec<_>>(), [Kind::Phantom]);
}

#[test]
fn what_another_device_received_is_a_phantom() {
    check_changed(r#""to":"b","digest":"a3""#, r#""to":"c","digest":"a3""#, &[(Kind::Phantom, &[12, 14])]);
}

#[test]
fn a_payload_of_nobody_is_a_phantom() {
    check_changed(
        r#""item":2,"from":"a","message":3,"#,
        r#""item":2,"from":"a","#,
        &[(Kind::Lost, &[12, 13]), (Kind::Phantom, &[14])],
    );
}

#[test]
fn what_was_refused_and_received_is_aborted() {
    check_changed(
        r#""event":"ok","message":3"#,
        r#""event":"fail","message":3,"why":"voided""#,
        // The second observation of the outcome still says ok.
        &[(Kind::Aborted, &[13, 14]), (Kind::Disagreeing, &[16, 13])],
    );
}

#[test]
fn what_two_items_bring_is_doubled() {
    check_changed(
        r#""process":"b.2","device":"b","event":"received","item":1"#,
        r#""process":"b.2","device":"b","event":"received","item":3"#,
        &[(Kind::Doubled, &[7, 9]), (Kind::OutOfOrder, &[14, 9])],
    );
}

#[test]
fn another_payload_at_the_receiver_disagrees() {
    check_changed(
        r#""message":3,"digest":"a3"}"#,
        r#""message":3,"digest":"ff"}"#,
        &[(Kind::Disagreeing, &[12, 14])],
    );
}

#[test]
fn an_item_that_changes_disagrees() {
    check_changed(
        r#""b.2","device":"b","event":"received","item":1,"from":"a","message":1,"digest":"a1""#,
        r#""b.2","device":"b","event":"received","item":1,"from":"a","message":1,"digest":"ff""#,
        &[(Kind::Disagreeing, &[7, 9])],
    );
}

#[test]
fn an_outcome_that_changes_disagrees() {
    check_changed(
        r#"{"at_us":15,"process":"a.1","device":"a","event":"ok","message":3}"#,
        r#"{"at_us":15,"process":"a.1","device":"a","event":"ok","message":2}"#,
        &[(Kind::Lost, &[5, 16]), (Kind::Disagreeing, &[16, 6])],
    );
}

#[test]
fn a_receipt_for_what_failed_disagrees() {
    check_changed(
        r#""event":"receipt","message":1"#,
        r#""event":"receipt","message":2"#,
        &[(Kind::Lost, &[5, 11]), (Kind::Disagreeing, &[6, 11])],
    );
}

#[test]
fn a_message_that_is_two_disagrees() {
    check_changed(
        r#""message":3,"to":"b","digest":"a3""#,
        r#""message":1,"to":"b","digest":"a3""#,
        &[(Kind::Disagreeing, &[2, 12]), (Kind::Phantom, &[14, 13])],
    );
}

#[test]
fn what_overtakes_is_out_of_order() {
    let text = CLEAN
        .replace(r#""item":1,"from"#, r#""item":5,"from"#)
        .replace(r#""acked","item":1"#, r#""acked","item":5"#);
    let verdict = check(&History::parse(&text).unwrap());
    let found: Vec<_> = verdict.anomalies.iter().map(|found| (found.kind, found.lines.as_slice())).collect();
    assert_eq!(found, [(Kind::OutOfOrder, [14, 7].as_slice())]);
}

#[test]
fn a_line_that_is_no_event_is_named() {
    let error = History::parse("\n{\"at_us\":1}\n").unwrap_err();
    assert!(error.to_string().starts_with("line 2: missing field"), "{error}");
}
