//! Rows below, changes above.

use core::cmp::Ordering;
use core::iter::Peekable;

use pinnace_home::KeyRow;

use crate::overlay::Change;

/// The rows of two ordered sources, in order; changes hide what they stand over.
pub(crate) struct Merged<R: Iterator, C: Iterator> {
    rows: Peekable<R>,
    changes: Peekable<C>,
}

impl<'a, R, C, Fault> Merged<R, C>
where
    R: Iterator<Item = Result<KeyRow, Fault>>,
    C: Iterator<Item = (&'a Vec<u8>, &'a Change)>,
{
    pub(crate) fn new(rows: R, changes: C) -> Self {
        Self { rows: rows.peekable(), changes: changes.peekable() }
    }
}

impl<'a, R, C, Fault> Iterator for Merged<R, C>
where
    R: Iterator<Item = Result<KeyRow, Fault>>,
    C: Iterator<Item = (&'a Vec<u8>, &'a Change)>,
{
    type Item = Result<KeyRow, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let order = match (self.rows.peek(), self.changes.peek()) {
                (Some(Ok((stored, _))), Some((changed, _))) => stored.cmp(changed),
                (None, Some(_)) => Ordering::Greater,
                (_, _) => Ordering::Less,
            };
            if order == Ordering::Less {
                return self.rows.next();
            }
            if order == Ordering::Equal {
                // The change under the same key stands for it.
                self.rows.next();
            }
            let (key, change) = self.changes.next()?;
            if let Some(row) = change.row() {
                return Some(Ok((key.clone(), row.clone())));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn octets(name: &str) -> Vec<u8> {
        name.as_bytes().to_vec()
    }

    /// Stored rows, changes, and the first two that are seen.
    #[track_caller]
    fn check(stored: &str, changed: &[(&str, Change)], expected: &str) {
        let rows = stored.chars().map(|name| Ok::<_, ()>((octets(&name.to_string()), octets("old"))));
        let changes: BTreeMap<Vec<u8>, Change> =
            changed.iter().map(|(name, change)| (octets(name), change.clone())).collect();
        let seen: Vec<KeyRow> = Merged::new(rows, changes.iter()).take(2).map(Result::unwrap).collect();
        let words: Vec<String> = seen
            .into_iter()
            .map(|(key, row)| {
                format!("{}={}", String::from_utf8(key).unwrap(), String::from_utf8(row).unwrap())
            })
            .collect();
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn changes_stand_over_rows() {
        let put = Change::Put(octets("new"));
        check("", &[], "");
        check("abc", &[], "a=old b=old");
        check("abc", &[("a", Change::Deleted), ("b", Change::Deleted)], "c=old");
        check("ac", &[("b", put.clone())], "a=old b=new");
        check("b", &[("b", put.clone()), ("a", put.clone())], "a=new b=new");
        check("", &[("a", Change::Deleted), ("b", put.clone())], "b=new");
        check("a", &[("b", Change::Deleted), ("c", put)], "a=old c=new");
    }

    #[test]
    fn a_fault_below_is_seen() {
        let rows = [Ok((octets("a"), octets("old"))), Err("fault")];
        let changes = BTreeMap::from([(octets("b"), Change::Put(octets("new")))]);
        assert!(
            Merged::new(rows.into_iter(), changes.iter()).take(2).collect::<Result<Vec<_>, _>>().is_err()
        );
    }
}
