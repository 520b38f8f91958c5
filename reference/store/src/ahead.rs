//! An engine as it will be once a commit that is under way has reached the disk.

use core::cell::RefCell;
use std::collections::btree_map;
use std::sync::Arc;

use pinnace_home::KeyRow;

use crate::engine::Engine;
use crate::memo::Memo;
use crate::merge::Merged;
use crate::overlay::{Batch, Change};

/// An engine, and changes that are on their way into it. Transactions run over both, so that one group can be made while the
/// disk takes the one before it. What they come to is true only after that one.
#[derive(Debug)]
pub(crate) struct Ahead<E> {
    pub(crate) engine: E,
    /// `None` while nothing is under way.
    pub(crate) under_way: Option<Arc<Batch>>,
    /// Of the engine alone: what is under way stands over it.
    pub(crate) memo: RefCell<Memo>,
}

impl<E> Ahead<E> {
    /// An engine with nothing on its way.
    pub(crate) fn alone(engine: E) -> Self {
        Self { engine, under_way: None, memo: RefCell::default() }
    }
}

impl<E: Engine> Engine for Ahead<E> {
    type Error = E::Error;
    type Committed = E::Committed;

    fn commit(&self, batch: &Batch) -> Result<(), E::Error> {
        self.engine.commit(batch)
    }

    fn committed(&self) -> E::Committed {
        self.engine.committed()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, E::Error> {
        match self.under_way.as_ref().and_then(|batch| batch.get(key)) {
            Some(change) => Ok(change.row().cloned()),
            None => self.get_below(key),
        }
    }

    fn range(&self, first: &[u8], end: &[u8]) -> impl Iterator<Item = Result<KeyRow, E::Error>> {
        Merged::new(
            self.engine.range(first, end),
            Changes(self.under_way.as_ref().map(|batch| batch.range(first, end))),
        )
    }
}

impl<E: Engine> Ahead<E> {
    fn get_below(&self, key: &[u8]) -> Result<Option<Vec<u8>>, E::Error> {
        if let Some(known) = self.memo.borrow().get(key) {
            return Ok(known.clone());
        }
        let row = self.engine.get(key)?;
        self.memo.borrow_mut().learn(key, row.as_ref());
        Ok(row)
    }
}

/// The changes within a range, if there are any.
struct Changes<'a>(Option<btree_map::Range<'a, Vec<u8>, Change>>);

impl<'a> Iterator for Changes<'a> {
    type Item = (&'a Vec<u8>, &'a Change);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.as_mut()?.next()
    }
}

#[cfg(test)]
mod tests {
    use core::convert::Infallible;

    use pinnace_home::memory::Committed;
    use pinnace_home::{Rows, View};

    use super::*;
    use crate::overlay::Overlay;

    impl Engine for Committed {
        type Error = Infallible;
        type Committed = Self;

        fn commit(&self, _: &Batch) -> Result<(), Infallible> {
            Ok(())
        }

        fn committed(&self) -> Self {
            self.clone()
        }

        fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
            Rows::get(self, key)
        }

        fn range(&self, first: &[u8], end: &[u8]) -> impl Iterator<Item = Result<KeyRow, Infallible>> {
            self.range(first, end).map(Ok)
        }
    }

    fn octets(name: &str) -> Vec<u8> {
        name.as_bytes().to_vec()
    }

    #[test]
    fn a_transaction_sees_what_is_stored_under_way_and_its_own() {
        let engine =
            Committed("abcd".chars().map(|name| (octets(&name.to_string()), octets("old"))).collect());
        let mut under_way = Batch::default();
        let mut before = Overlay { engine: &engine, batch: &mut under_way };
        before.put(octets("a"), octets("new"));
        before.delete(octets("b"));
        before.create(octets("e"), octets("new"));
        before.create(octets("f"), octets("new"));
        let ahead = Ahead { under_way: Some(Arc::new(under_way)), ..Ahead::alone(engine) };
        let mut batch = Batch::default();
        let mut overlay = Overlay { engine: &ahead, batch: &mut batch };
        overlay.delete(octets("e"));
        overlay.put(octets("c"), octets("own"));
        let seen = overlay.scan(b"a", b"z", 9).unwrap();
        let row = |name: &str, row: &str| (octets(name), octets(row));
        assert_eq!(seen, [row("a", "new"), row("c", "own"), row("d", "old"), row("f", "new")]);
        assert_eq!(overlay.scan(b"a", b"z", 2).unwrap(), seen[..2]);
        let got = ["a", "b", "c", "d", "e", "f"].map(|name| overlay.get(name.as_bytes()).unwrap());
        let expected = [Some("new"), None, Some("own"), Some("old"), None, Some("new")];
        assert_eq!(got, expected.map(|row| row.map(octets)));
        // What the commit under way brings has to be taken back: it is in the engine by then.
        assert_eq!(batch.get(b"e"), Some(&Change::Deleted));
    }
}
