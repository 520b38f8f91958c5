//! One state of everything, and the steps that lead from it.

use std::collections::VecDeque;
use std::sync::Arc;

use pinnace_edge::Here;
use pinnace_home::OutboxRef;
use pinnace_home::memory::Committed;

use crate::commits::Fate;
use crate::device::Device;
use crate::history::History;
use crate::line::{Line, LineId, ServerEnd, Up};
use crate::rows::Seen;
use crate::store::Asked;
use crate::{Action, Fault, Rule, Scenario, cast};

/// One state of everything.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct World {
    /// What the server reads.
    pub(crate) rows: Arc<Committed>,
    /// What its disk has, where a mistake makes that less.
    pub(crate) behind: Option<Arc<Committed>>,
    /// What the store was asked and has not run.
    pub(crate) asked: VecDeque<Asked>,
    /// Effects that the store brings to their targets, one transaction at a time.
    pub(crate) effects: VecDeque<(OutboxRef, Stage)>,
    /// Who is here, by device.
    pub(crate) here: Vec<Here<LineId>>,
    /// The lines that are there.
    pub(crate) lines: Vec<Line>,
    /// The devices.
    pub(crate) devices: Vec<Device>,
    /// What was promised, by device.
    pub(crate) history: Vec<History>,
    /// How many faults may still come.
    pub(crate) faults_left: u8,
    /// The rule that the step to this state broke.
    pub(crate) broken: Option<Rule>,
}

/// What an effect waits for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Stage {
    Apply,
    Settle,
    Forget,
}

impl World {
    /// The first state: devices are registered and offline, their messages are numbered. `None` if the rules refuse that.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Option<Self> {
        let count = scenario.devices.len();
        Some(Self {
            rows: cast::rows(count, &scenario.rules)?,
            behind: None,
            asked: VecDeque::new(),
            effects: VecDeque::new(),
            here: (0..count).map(|_| Here::default()).collect(),
            lines: Vec::new(),
            devices: scenario.devices.iter().map(|letters| Device::new(letters.count)).collect(),
            history: vec![History::default(); count],
            faults_left: scenario.fault_count,
            broken: None,
        })
    }

    /// The rule that was broken on the way here, or that this state itself breaks; calm is judged by [`crate::Calm`].
    #[must_use]
    pub fn broken(&self, scenario: &Scenario) -> Option<Rule> {
        self.broken.or_else(|| {
            let seen = Seen::of(self.behind.as_ref().unwrap_or(&self.rows), self.devices.len());
            let is_lost = |(from, history): (usize, &History)| {
                let to = self.devices.get(scenario.letters(from).to);
                (1..=history.told).any(|seq| {
                    !seen.holds((from, seq)) && to.is_none_or(|to| !to.inbox.contains(&(from, seq)))
                })
            };
            let lost = self.history.iter().enumerate().any(is_lost).then_some(Rule::AcceptedIsKept);
            lost.or_else(|| (!seen.reads).then_some(Rule::RowsRead))
        })
    }

    /// Whether every message was handed over.
    #[must_use]
    pub fn is_done(&self, scenario: &Scenario) -> bool {
        scenario.devices.iter().enumerate().all(|(from, letters)| {
            let to = self.devices.get(letters.to);
            (1..=letters.count).all(|seq| to.is_some_and(|to| to.inbox.contains(&(from, seq))))
        })
    }

    /// The state after this action.
    #[must_use]
    pub fn after(&self, scenario: &Scenario, action: Action) -> Self {
        let mut next = self.clone();
        if !action.is_calm() {
            next.faults_left = next.faults_left.saturating_sub(1);
        }
        next.act(scenario, action);
        next.settle(scenario);
        next
    }

    fn act(&mut self, scenario: &Scenario, action: Action) {
        match action {
            Action::Commit => self.commit(scenario),
            Action::Effect => self.step_effect(scenario),
            Action::Hear(id) => self.hear(scenario, id),
            Action::Page(id) => self.on_page(scenario, id),
            Action::Take(id) => self.take(scenario, id),
            Action::Acknowledge(id) => self.acknowledge(id),
            Action::Connect(index) | Action::Device(Fault::Switch, index) => self.connect(scenario, index),
            Action::Notice(id) => {
                if let Some(line) = self.line_mut(id) {
                    line.hang_up();
                }
            }
            Action::Line(Fault::Repeat, id) => self.reorder(id, |up| {
                let again = up.front().cloned();
                again.into_iter().for_each(|record| up.push_front(record));
            }),
            Action::Line(Fault::Swap, id) => self.reorder(id, |up| up.swap(0, 1)),
            Action::Line(_, id) => self.cut(scenario, |line| line.id == id),
            Action::Device(Fault::Replay, index) => self.replay(index),
            Action::Device(_, index) => {
                self.cut(scenario, |line| line.device == index);
                self.devices.get_mut(index).into_iter().for_each(|device| device.crash(scenario));
            }
            Action::Server(Fault::StopAfterCommit) => {
                self.run(scenario);
                self.stop(scenario);
            }
            Action::Server(Fault::Stop) => self.stop(scenario),
            Action::DoubtDone => self.doubt(scenario, Fate::Happened),
            Action::Server(_) => self.doubt(scenario, Fate::Failed),
        }
    }

    fn reorder(&mut self, id: LineId, change: impl FnOnce(&mut VecDeque<Up>)) {
        if let Some(line) = self.line_mut(id) {
            change(&mut line.up);
        }
    }

    fn cut(&mut self, scenario: &Scenario, which: impl Fn(&Line) -> bool) {
        let mut lost = Vec::new();
        for line in self.lines.iter_mut().filter(|line| which(line) && line.is_held()) {
            line.let_go();
            lost.push((line.device, line.counter));
            if !scenario.old_lines_live {
                line.up.clear();
            }
        }
        for (index, counter) in lost {
            self.fall_back(index, counter);
            self.speak(index);
        }
    }

    fn replay(&mut self, index: usize) {
        let recorded = self.devices.get(index).and_then(|device| device.recorded.clone());
        if let Some(flight) = recorded {
            let mut line = Line::new(self.free_line(), index, flight);
            line.let_go();
            self.lines.push(line);
        }
    }

    /// Lets every line do what it can, and lets go of those that are over.
    fn settle(&mut self, scenario: &Scenario) {
        loop {
            let ids: Vec<LineId> = self.lines.iter().map(|line| line.id).collect();
            ids.iter().for_each(|id| self.turn(scenario, *id));
            let asked = &self.asked;
            let is_over = |line: &&mut Line| {
                line.server == ServerEnd::Closed && !asked.iter().any(|asked| asked.line == line.id)
            };
            let over = self.lines.iter_mut().filter(is_over);
            let left = over.filter_map(|line| Some((line.device, line.attached.take()?))).next();
            let Some((index, epoch)) = left else { break };
            self.update_here(scenario, index, |here| here.leave(epoch));
        }
        let asked = &self.asked;
        self.lines.retain(|line| {
            line.is_held()
                || line.server != ServerEnd::Closed
                || asked.iter().any(|asked| asked.line == line.id)
        });
        self.lines.sort_by_key(|line| line.id);
    }

    pub(crate) fn break_if(&mut self, broken: Option<Rule>) {
        self.broken = self.broken.or(broken);
    }

    pub(crate) fn line_mut(&mut self, id: LineId) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.id == id)
    }

    pub(crate) fn line_and_devices(&mut self, id: LineId) -> Option<(&mut Line, &mut Vec<Device>)> {
        Some((self.lines.iter_mut().find(|line| line.id == id)?, &mut self.devices))
    }

    /// The lowest id that no line has.
    pub(crate) fn free_line(&self) -> LineId {
        let is_free = |id: &LineId| self.lines.iter().all(|line| line.id != *id);
        (0..u8::MAX).map(LineId).find(is_free).unwrap_or(LineId(u8::MAX))
    }
}
