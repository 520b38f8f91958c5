//! What the devices live through.

use serde_json::json;

use super::making::{Made, Way};
use super::scene::Scene;
use crate::hex;
use crate::interop::fault::{Fault, expect};

/// Two accounts begin at once, race, are away and come back; a second device of the first is linked, and the device of the
/// other is added again when none of its one-time KeyPackages is left.
///
/// Seats: 0 and 2 are of one account, 1 of the other.
pub(super) fn direct(scene: &mut Scene<'_>) -> Result<(), Fault> {
    create_race(scene, 0, 1)?;
    everybody_talks(scene)?;

    race(scene, [0, 1])?;
    race(scene, [1, 0])?;
    for [committer, speaker] in [[0, 1], [1, 0]] {
        scene.step = "a message of an epoch that is over";
        let made = scene.make(committer, Way::Goes, [&[], &[]])?;
        late(scene, made, speaker)?;
    }
    away(scene, 1, 0)?;

    scene.step = "a device is linked and joins by a commit of its own";
    scene.link(2)?;
    scene.catch_up()?;
    join_late(scene, 2, 0, 1)?;
    everybody_talks(scene)?;
    race(scene, [2, 1])?;
    away(scene, 0, 2)?;

    remove(scene, 0, 1)?;
    last_resort(scene, 2, 1)?;
    everybody_talks(scene)?;
    quiet(scene)
}

/// Three accounts with five devices: a group that grows by claims, heals, races, outlives its server, loses a device and gets it
/// back, and is joined anew by a device that lost its state.
///
/// Seats: 0 and 3, 1 and 4 are of one account, 2 of a third.
pub(super) fn five(scene: &mut Scene<'_>) -> Result<(), Fault> {
    scene.step = "devices are linked";
    scene.link(3)?;
    scene.link(4)?;

    scene.step = "the group is created and grows by claims";
    let made = scene.make(0, Way::Creates, [&[1, 4], &[]])?;
    take(scene, made)?;
    everybody_talks(scene)?;
    commit(scene, 1, &[2], &[])?;
    commit(scene, 4, &[3], &[])?;
    everybody_talks(scene)?;

    scene.step = "everybody heals";
    (0..5).try_for_each(|seat| commit(scene, seat, &[], &[]))?;
    everybody_talks(scene)?;
    race(scene, [4, 0, 2])?;
    race(scene, [3, 1, 4])?;

    killed(scene, 2, 1)?;
    everybody_talks(scene)?;

    remove(scene, 1, 3)?;
    everybody_talks(scene)?;
    away(scene, 4, 2)?;

    scene.step = "the removed device is added again";
    let made = scene.make(2, Way::Goes, [&[3], &[]])?;
    late(scene, made, 0)?;
    everybody_talks(scene)?;

    scene.step = "a device that lost its state comes back by itself";
    let group = scene.group();
    scene.seat(4)?.ask(&group, "forget", json!({}))?;
    scene.seat(4)?.is_lost = true;
    join_late(scene, 4, 1, 0)?;
    race(scene, [4, 3])?;
    everybody_talks(scene)?;
    quiet(scene)
}

/// A commit that has to be taken.
fn take(scene: &mut Scene<'_>, mut made: Made) -> Result<(), Fault> {
    scene.hand_in(&mut made)?;
    expect("whether the commit was taken", &true, &scene.settle(&made)?)?;
    scene.agree()
}

fn commit(scene: &mut Scene<'_>, by: usize, added: &[usize], removed: &[usize]) -> Result<(), Fault> {
    let made = scene.make(by, Way::Goes, [added, removed])?;
    take(scene, made)
}

/// Commits that are handed in at once: one is taken.
fn one_of(scene: &mut Scene<'_>, mut made: Vec<Made>) -> Result<Vec<usize>, Fault> {
    made.iter_mut().try_for_each(|made| scene.hand_in(made))?;
    let mut losers = Vec::new();
    for made in &made {
        if !scene.settle(made)? {
            losers.push(made.by);
        }
    }
    expect("how many lost the race", &made.len().saturating_sub(1), &losers.len())?;
    scene.agree()?;
    Ok(losers)
}

/// Two create their conversation at once, each adding the other: the loser joins by the winner's Welcome.
fn create_race(scene: &mut Scene<'_>, one: usize, other: usize) -> Result<(), Fault> {
    scene.step = "two create their conversation at once";
    let mut made = vec![
        scene.make(one, Way::Creates, [&[other], &[]])?,
        scene.make(other, Way::Creates, [&[one], &[]])?,
    ];
    // Who comes first wins; with each suite it is another.
    if scene.suite != 1 {
        made.reverse();
    }
    one_of(scene, made).map(drop)
}

/// All of these commit at once; then the losers do what they wanted to, one behind the other.
fn race<const N: usize>(scene: &mut Scene<'_>, racers: [usize; N]) -> Result<(), Fault> {
    scene.step = "a race";
    let made = racers.map(|by| scene.make(by, Way::Goes, [&[], &[]]));
    let losers = one_of(scene, made.into_iter().collect::<Result<_, _>>()?)?;
    losers.into_iter().try_for_each(|loser| commit(scene, loser, &[], &[]))
}

fn everybody_talks(scene: &mut Scene<'_>) -> Result<(), Fault> {
    let step = core::mem::replace(&mut scene.step, "all talk");
    scene.present().into_iter().try_for_each(|seat| scene.say(seat))?;
    scene.catch_up()?;
    scene.step = step;
    Ok(())
}

/// A device speaks in an epoch that is over, since it has not heard of that: all who were there still read it, and those who
/// come with the new epoch do not hear it.
fn late(scene: &mut Scene<'_>, mut made: Made, speaker: usize) -> Result<(), Fault> {
    scene.hand_in(&mut made)?;
    expect("whether the commit was taken", &true, &scene.settle(&made)?)?;
    scene.say(speaker)?;
    scene.agree()
}

/// A device is away while epochs pass; it gets everything when it is back.
fn away(scene: &mut Scene<'_>, who: usize, committer: usize) -> Result<(), Fault> {
    scene.step = "a device is away";
    scene.seat(who)?.leave();
    for _ in 0..3 {
        everybody_talks(scene)?;
        commit(scene, committer, &[], &[])?;
    }
    scene.come(who)?;
    scene.agree()?;
    scene.step = "a device is back";
    everybody_talks(scene)
}

/// A device is removed: it hears that, and nothing any more.
fn remove(scene: &mut Scene<'_>, by: usize, who: usize) -> Result<(), Fault> {
    scene.step = "a device is removed";
    commit(scene, by, &[], &[who])?;
    everybody_talks(scene)?;
    commit(scene, by, &[], &[])?;
    scene.seat(who)?.is_quiet()
}

/// A device joins by a commit of its own. Its first one comes too late, so that it needs another GroupInfo.
fn join_late(scene: &mut Scene<'_>, who: usize, sibling: usize, rival: usize) -> Result<(), Fault> {
    let info = scene.hand_over(sibling, who)?;
    let mut too_late = scene.make_external(who, &info)?;
    let mut first = scene.make(rival, Way::Goes, [&[], &[]])?;
    scene.hand_in(&mut first)?;
    expect("whether the rival's commit was taken", &true, &scene.settle(&first)?)?;
    scene.hand_in(&mut too_late)?;
    expect("whether the late commit was taken", &false, &scene.settle(&too_late)?)?;
    scene.agree()?;
    let info = scene.hand_over(sibling, who)?;
    let made = scene.make_external(who, &info)?;
    take(scene, made)
}

/// A device whose one-time KeyPackages are all used up is added by its last-resort one, and renews its leaf.
fn last_resort(scene: &mut Scene<'_>, by: usize, who: usize) -> Result<(), Fault> {
    scene.step = "a last-resort KeyPackage";
    let mut claimed = scene.claim(by, &[who])?.pop();
    // One claim took one for the create race.
    if claimed.as_ref().is_some_and(|claimed| !claimed.is_last_resort) {
        claimed = scene.claim(by, &[who])?.pop();
    }
    let again = scene.claim(by, &[who])?.pop();
    let (Some(claimed), Some(again)) = (claimed, again) else {
        return Err(Fault::device("the server", "claim", "nothing came".to_owned()));
    };
    expect("whether last resorts were got", &[true; 2], &[claimed.is_last_resort, again.is_last_resort])?;
    expect("the last resort, claimed again", &claimed.octets, &again.octets)?;
    let made = scene.make_with(by, Way::Goes, [&[who], &[]], &[hex::encode(&claimed.octets)])?;
    take(scene, made)?;
    commit(scene, who, &[], &[])
}

/// The server is killed with entries on their way and a commit of which its maker keeps no outcome: handed in again, it is taken
/// once. With one suite the kill comes behind the outcome, with the other at once.
fn killed(scene: &mut Scene<'_>, committer: usize, speaker: usize) -> Result<(), Fault> {
    scene.step = "the server is killed";
    scene.say(speaker)?;
    let mut made = scene.make(committer, Way::Goes, [&[], &[]])?;
    scene.hand_in(&mut made)?;
    if scene.suite == 1 {
        scene.seat(committer)?.session()?.accepted(made.client_seq)?;
    }
    scene.kill_server()?;
    scene.hand_in(&mut made)?;
    expect("whether the commit was taken", &true, &scene.settle(&made)?)?;
    scene.agree()
}

/// Nobody is owed anything.
fn quiet(scene: &mut Scene<'_>) -> Result<(), Fault> {
    scene.step = "the end";
    scene.catch_up()?;
    (0..scene.seats.len()).try_for_each(|seat| scene.seat(seat)?.is_quiet())
}
