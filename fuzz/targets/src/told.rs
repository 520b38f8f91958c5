//! What the oracle told of a frame, asked for name by name.

use core::fmt::{Debug, Display};
use core::slice::Iter;

use pinnace_oracle::{NamedValue, Value};
use pinnace_wire::{ClientSeq, Code, List, ListItem, MailboxSeq};

use crate::tables;

/// What the oracle told and nobody has asked for yet. Extensions of unknown type are passed over, as the codec does.
pub(crate) struct Told<'o> {
    fields: Iter<'o, NamedValue>,
    extensions: Iter<'o, NamedValue>,
}

impl<'o> Told<'o> {
    pub(crate) fn new(fields: &'o [NamedValue], extensions: &'o [NamedValue]) -> Self {
        Self { fields: fields.iter(), extensions: extensions.iter() }
    }

    fn next(&mut self) -> Option<&'o NamedValue> {
        let known = |named: &&NamedValue| !named.name.starts_with("unknown_");
        self.fields.next().or_else(|| self.extensions.find(known))
    }

    fn value(&mut self, name: &str) -> &'o Value {
        let told = self.next().expect("a value that the oracle does not tell");
        assert_eq!(told.name, name);
        &told.value
    }

    pub(crate) fn number(&mut self, name: &str, number: u64) {
        assert_eq!(*self.value(name), Value::Number(number), "{name}");
    }

    /// A code, of which the codec knows more than the number.
    pub(crate) fn code(&mut self, name: &str, code: impl Into<Code>) {
        let code = code.into();
        self.number(name, code.value());
        tables::code(code);
    }

    /// The number of a SEND or VOID, and what stands beside it.
    pub(crate) fn client_seq(&mut self, name: &str, seq: ClientSeq) {
        self.number(name, seq.value());
        let (mark, next) = (seq.mark(), seq.next());
        assert_eq!((mark.value(), mark.last(), mark.next()), (seq.value(), Some(seq), next));
        assert_eq!(next.map_or(ClientSeq::MAX, |next| next.value() - 1), seq.value());
        assert!(mark.covers(seq) && next.is_none_or(|next| !mark.covers(next)));
    }

    /// The number of an item, and what stands beside it.
    pub(crate) fn mailbox_seq(&mut self, name: &str, seq: MailboxSeq) {
        self.number(name, seq.value());
        let (mark, next) = (seq.mark(), seq.next());
        assert_eq!((mark.value(), mark.last(), mark.next()), (seq.value(), Some(seq), next));
        assert_eq!(next.map_or(MailboxSeq::MAX, |next| next.value() - 1), seq.value());
        assert!(mark.covers(seq) && next.is_none_or(|next| !mark.covers(next)));
    }

    /// An identifier, which people read in hexadecimal digits.
    pub(crate) fn identifier(&mut self, name: &str, found: impl Debug + Display) {
        let told = self.value(name);
        assert!(matches!(told, Value::Octets(_)), "{name}: {found}, oracle {told}");
        assert_eq!((found.to_string(), format!("{found:?}")), (told.to_string(), told.to_string()), "{name}");
    }

    pub(crate) fn octets(&mut self, name: &str, octets: &[u8]) {
        let told = self.value(name);
        assert!(matches!(told, Value::Octets(told) if told == octets), "{name}: {octets:?}, oracle {told}");
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        let told = self.value(name);
        assert!(matches!(told, Value::Text(told) if told == text), "{name}: {text:?}, oracle {told}");
    }

    pub(crate) fn flag(&mut self, name: &str, is_set: Option<()>) {
        if is_set.is_some() {
            self.octets(name, &[]);
        }
    }

    pub(crate) fn list<'a, T: ListItem<'a>>(
        &mut self,
        name: &str,
        list: List<'a, T>,
        same: impl Fn(&mut Self, T),
    ) {
        let told = self.value(name);
        let Value::List(told) = told else { panic!("{name}: a list, oracle {told}") };
        assert_eq!(list.len(), told.len(), "{name}");
        assert_eq!(format!("{:?}", list.iter()), format!("Iter({} left)", told.len()), "{name}");
        for (item, told) in list.iter().zip(told) {
            let mut told = Self::new(told, &[]);
            same(&mut told, item);
            told.end();
        }
    }

    /// A list in an extension: an empty one is absent.
    pub(crate) fn list_extension<'a, T: ListItem<'a>>(
        &mut self,
        name: &str,
        list: List<'a, T>,
        same: impl Fn(&mut Self, T),
    ) {
        if !list.is_empty() {
            self.list(name, list, same);
        }
    }

    pub(crate) fn structure<T>(&mut self, name: &str, structure: &T, same: impl FnOnce(&T, &mut Self)) {
        let told = self.value(name);
        let Value::Structure(told) = told else { panic!("{name}: a structure, oracle {told}") };
        let mut told = Self::new(told, &[]);
        same(structure, &mut told);
        told.end();
    }

    pub(crate) fn end(mut self) {
        assert_eq!(self.next(), None, "the oracle tells more");
    }
}
