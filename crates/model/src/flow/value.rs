//! What is known of a value: which parts of it come from where.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::hazard::{Hazard, Hazards};
use super::origin::{EACH, ELEMENT, KEY, Name, Origin, Trace, VALUE, is_element};

/// How many origins a value may have, and how many of its fields are told apart.
const MAX_TAINTS: usize = 10;
const MAX_FIELDS: usize = 24;
/// How deep fields of fields are told apart.
const MAX_DEPTH: u32 = 4;

/// Which part of what it comes from a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Part {
    /// The whole of it, perhaps with more around it.
    Whole,
    /// The parts of a URL as an object.
    ParsedUrl,
    /// The host of a URL.
    Host,
    /// A file path as an object.
    FilePath,
    /// The answer of a host that the client chose.
    Answer,
    /// Something that says nothing of the rest: a scheme, an extension, a length.
    Detail,
}

/// One origin of a value.
#[derive(Clone, Debug)]
pub(super) struct Taint {
    pub(super) origin: Origin,
    pub(super) part: Part,
    /// Where it does no harm any more.
    pub(super) safe: Hazards,
    /// What is known of the origin once somebody has tested this value and gone on.
    pub(super) proves: Hazards,
    /// Whether it proves that only if it is true: a row that was looked up.
    pub(super) is_lookup: bool,
    /// Whether it is one piece of a larger text.
    pub(super) is_joined: bool,
    /// Whether the text around it is markup.
    pub(super) is_markup: bool,
    pub(super) trace: Trace,
}

/// What is known of a value; nothing for most values.
#[derive(Clone, Debug, Default)]
pub(super) struct Value(Option<Arc<Parts>>);

#[derive(Clone, Debug, Default)]
struct Parts {
    taints: Vec<Taint>,
    fields: BTreeMap<Name, Value>,
}

impl Taint {
    pub(super) fn new(origin: Origin, trace: Trace) -> Self {
        Self {
            origin,
            part: Part::Whole,
            safe: Hazards::NONE,
            proves: Hazards::NONE,
            is_lookup: false,
            is_joined: false,
            is_markup: false,
            trace,
        }
    }

    /// An answer that was found by looking at `origin`, and that proves this much of it.
    pub(super) fn verdict(origin: Origin, proves: Hazards) -> Self {
        Self { safe: Hazards::ALL, proves, ..Self::new(origin, Trace::default()) }
    }

    /// Whether it stands for the origin, not only for what was found out about it.
    pub(super) fn is_content(&self) -> bool {
        self.proves.is_empty()
    }

    fn is_like(&self, other: &Self) -> bool {
        self.part == other.part && self.proves.is_empty() == other.proves.is_empty() && self.origin == other.origin
    }

    /// The attribute or key `name` of it.
    fn member(&self, name: &str) -> Self {
        let mut found = self.clone();
        if !self.proves.is_empty() {
            // A part of an answer still is an answer.
            return found;
        }
        match (self.part, name) {
            (Part::ParsedUrl, "hostname" | "netloc" | "host") => found.part = Part::Host,
            (Part::ParsedUrl, "scheme" | "port")
            | (Part::FilePath, "suffix" | "suffixes")
            | (Part::Answer, "status_code" | "headers" | "ok" | "status" | "url") => found.become_detail(),
            (Part::ParsedUrl, _) => {
                found.part = Part::Whole;
                found.safe = found.safe.and(Hazards::HOSTS);
            }
            (Part::FilePath, "name" | "stem") => {
                found.part = Part::Whole;
                found.safe = found.safe.and(Hazards::FILES);
            }
            (Part::FilePath | Part::Host | Part::Detail | Part::Answer, _) => {}
            (Part::Whole, _) => found.origin = self.origin.member(name),
        }
        found
    }

    pub(super) fn become_detail(&mut self) {
        self.part = Part::Detail;
        self.safe = Hazards::ALL;
    }
}

impl Value {
    pub(super) fn of(taint: Taint) -> Self {
        Self::new(vec![taint], BTreeMap::new())
    }

    pub(super) fn new(taints: Vec<Taint>, fields: BTreeMap<Name, Self>) -> Self {
        if taints.is_empty() && fields.is_empty() {
            return Self(None);
        }
        Self(Some(Arc::new(Parts { taints, fields })))
    }

    /// A value with these fields and nothing else.
    pub(super) fn with_fields(fields: impl IntoIterator<Item = (Name, Self)>) -> Self {
        let fields = fields.into_iter().filter(|(_, value)| !value.is_nothing()).take(MAX_FIELDS).collect();
        Self::new(Vec::new(), fields)
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.0.is_none()
    }

    /// Whether more is known than what was found out by looking at other values.
    pub(super) fn says_something(&self) -> bool {
        self.taints().iter().any(Taint::is_content) || self.fields().any(|(_, field)| field.says_something())
    }

    /// The origins of the value itself.
    pub(super) fn taints(&self) -> &[Taint] {
        self.0.as_ref().map_or(&[], |parts| parts.taints.as_slice())
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = (&Name, &Self)> {
        self.0.iter().flat_map(|parts| parts.fields.iter())
    }

    /// The attribute or key `name`.
    pub(super) fn member(&self, name: &str) -> Self {
        let Some(parts) = &self.0 else { return Self(None) };
        if let Some(field) = parts.fields.get(name) {
            return field.clone();
        }
        let own = self.own(name);
        parts.fields.get(VALUE).map_or_else(|| own.clone(), |unnamed| own.joined(unnamed))
    }

    /// This part of its origins, whatever is known of its fields.
    fn own(&self, name: &str) -> Self {
        Self::new(self.taints().iter().map(|taint| taint.member(name)).collect(), BTreeMap::new())
    }

    /// The attribute, key or element at the end of a path.
    pub(super) fn descend(&self, path: &[Name]) -> Self {
        path.iter().fold(self.clone(), |value, name| match &**name {
            ELEMENT => value.element(),
            EACH => value.iterated(),
            KEY => value.key(),
            name => value.member(name),
        })
    }

    /// An element of a list, or the value of some key.
    pub(super) fn element(&self) -> Self {
        let values = self.fields().filter(|(name, _)| &***name != KEY);
        values.fold(self.own(ELEMENT), |all, (_, field)| all.joined(field))
    }

    /// What a loop over it hands in: an element of a list or tuple, a key of a dict.
    pub(super) fn iterated(&self) -> Self {
        let handed = self.fields().filter(|(name, _)| is_element(name) || &***name == KEY);
        handed.fold(self.own(EACH), |all, (_, field)| all.joined(field))
    }

    /// A list with such an element. Of one that has no parts of its own nothing is gained by telling them apart.
    pub(super) fn listed(self) -> Self {
        if self.fields().next().is_none() { self } else { Self::with_fields([(ELEMENT.into(), self)]) }
    }

    /// A dict with such a key and such a value.
    pub(super) fn entry(key: Self, value: Self) -> Self {
        Self::with_fields([(KEY.into(), key), (VALUE.into(), value)])
    }

    /// The list of the keys of a dict.
    pub(super) fn keys(&self) -> Self {
        Self::with_fields([(ELEMENT.into(), self.key())])
    }

    /// The list of the values of a dict.
    pub(super) fn values(&self) -> Self {
        Self::with_fields([(ELEMENT.into(), self.element())])
    }

    /// The list of the keys and values of a dict.
    pub(super) fn items(&self) -> Self {
        Self::with_fields([(ELEMENT.into(), Self::tuple([self.key(), self.element()]))])
    }

    /// The dict of a list of keys and values; a dict is its own.
    pub(super) fn dict(&self) -> Self {
        let Some((_, pair)) = self.fields().find(|(name, _)| &***name == ELEMENT) else { return self.clone() };
        Self::entry(pair.unpacked("0"), pair.unpacked("1"))
    }

    /// A tuple of these values.
    pub(super) fn tuple(items: impl IntoIterator<Item = Self>) -> Self {
        Self::with_fields(items.into_iter().enumerate().map(|(place, item)| (place.to_string().into(), item)))
    }

    /// What the name at this place gets when the value is unpacked. Of a tuple whose places are told apart, a place of
    /// which nothing is known holds nothing of the others.
    pub(super) fn unpacked(&self, place: &str) -> Self {
        if let Some((_, field)) = self.fields().find(|(name, _)| &***name == place) {
            return field.clone();
        }
        // A list of a client, or what a function outside makes of it.
        if self.is_tuple() { Self::new(self.taints().to_vec(), BTreeMap::new()).element() } else { self.element() }
    }

    /// Whether all of its parts that are known have a place.
    fn is_tuple(&self) -> bool {
        self.fields().all(|(name, _)| name.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// A key of a dict. The keys that the program writes out are its own.
    pub(super) fn key(&self) -> Self {
        let keys = self.fields().filter(|(name, _)| &***name == KEY);
        keys.fold(self.own(KEY), |all, (_, key)| all.joined(key))
    }

    /// The value, and all values in it, as if they were one.
    pub(super) fn flat(&self) -> Self {
        let Some(parts) = &self.0 else { return Self(None) };
        let own = Self::new(parts.taints.clone(), BTreeMap::new());
        parts.fields.values().fold(own, |all, field| all.joined(&field.flat()))
    }

    /// Either of two values.
    pub(super) fn joined(&self, other: &Self) -> Self {
        self.joined_within(other, MAX_DEPTH)
    }

    fn joined_within(&self, other: &Self, depth: u32) -> Self {
        let (Some(a), Some(b)) = (&self.0, &other.0) else {
            return if self.is_nothing() { other.clone() } else { self.clone() };
        };
        if Arc::ptr_eq(a, b) {
            return self.clone();
        }
        let mut parts = Parts::clone(a);
        for taint in &b.taints {
            add(&mut parts.taints, taint);
        }
        let Some(depth) = depth.checked_sub(1) else { return Self(Some(Arc::new(parts))) };
        for (name, field) in &b.fields {
            if let Some(known) = parts.fields.get_mut(name) {
                *known = known.joined_within(field, depth);
            } else if parts.fields.len() < MAX_FIELDS {
                parts.fields.insert(Arc::clone(name), field.clone());
            }
        }
        Self(Some(Arc::new(parts)))
    }

    /// Either of two values that are looked at together: what each of them proves is known afterwards.
    pub(super) fn beside(&self, other: &Self) -> Self {
        let (mut verdicts, plain) = self.parted();
        let (others, other_plain) = other.parted();
        for verdict in others {
            match verdicts.iter_mut().find(|known| known.is_like(&verdict)) {
                Some(known) => {
                    known.proves = known.proves.and(verdict.proves);
                    known.is_lookup &= verdict.is_lookup;
                }
                None => verdicts.push(verdict),
            }
        }
        plain.joined(&other_plain).joined(&Self::new(verdicts, BTreeMap::new()))
    }

    /// What it proves of what it was made from.
    pub(super) fn verdicts(&self) -> Self {
        Self::new(self.parted().0, BTreeMap::new())
    }

    /// What it proves of what it was made from, and the rest of it.
    fn parted(&self) -> (Vec<Taint>, Self) {
        let Some(parts) = &self.0 else { return (Vec::new(), Self(None)) };
        let (verdicts, plain) = parts.taints.iter().cloned().partition(|taint| !taint.proves.is_empty());
        (verdicts, Self::new(plain, parts.fields.clone()))
    }

    /// The value with another field `name`.
    pub(super) fn with_field(&self, name: Name, field: Self) -> Self {
        let mut parts = self.0.as_deref().cloned().unwrap_or_default();
        if parts.fields.len() < MAX_FIELDS || parts.fields.contains_key(&name) {
            parts.fields.insert(name, field);
        }
        Self(Some(Arc::new(parts)))
    }

    /// The value with each origin changed, in its fields too.
    pub(super) fn map(&self, change: &dyn Fn(&mut Taint)) -> Self {
        self.flat_map(&|taint| {
            let mut taint = taint.clone();
            change(&mut taint);
            Self::of(taint)
        })
    }

    /// The value with each origin replaced by a value.
    pub(super) fn flat_map(&self, replace: &dyn Fn(&Taint) -> Self) -> Self {
        self.flat_map_within(replace, MAX_DEPTH)
    }

    fn flat_map_within(&self, replace: &dyn Fn(&Taint) -> Self, depth: u32) -> Self {
        let Some(parts) = &self.0 else { return Self(None) };
        let own = parts.taints.iter().fold(Self(None), |all, taint| all.joined(&replace(taint)));
        let Some(depth) = depth.checked_sub(1) else { return own };
        let fields = parts.fields.iter();
        fields.fold(own, |all, (name, field)| all.with_field(Arc::clone(name), field.flat_map_within(replace, depth)))
    }

    /// What looking for a row by it gives: nothing, if there is none.
    pub(super) fn looked_up(&self) -> Self {
        self.judged(Hazards::ALL).map(&|taint| taint.is_lookup = true)
    }

    /// What a test or an unknown function makes of it: harmless everywhere, but whoever goes on after looking at the
    /// result knows this much of the origin.
    pub(super) fn judged(&self, proves: Hazards) -> Self {
        let mut taints = Vec::new();
        for taint in self.flat().taints() {
            let mut taint = taint.clone();
            taint.safe = Hazards::ALL;
            taint.proves =
                if taint.part == Part::Detail { proves.common(Hazards::of(Hazard::Content)) } else { proves };
            add(&mut taints, &taint);
        }
        Self::new(taints, BTreeMap::new())
    }
}

/// Adds an origin; of two like ones only what both say of its safety is kept.
fn add(taints: &mut Vec<Taint>, taint: &Taint) {
    if let Some(known) = taints.iter_mut().find(|known| known.is_like(taint)) {
        known.safe = known.safe.common(taint.safe);
        known.proves = known.proves.common(taint.proves);
        known.is_lookup &= taint.is_lookup;
        known.is_joined |= taint.is_joined;
        known.is_markup |= taint.is_markup;
    } else if taints.len() < MAX_TAINTS {
        taints.push(taint.clone());
    }
}
