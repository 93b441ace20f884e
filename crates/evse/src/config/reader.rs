//! TOML with the place of everything in it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Problem, nearest};
use crate::units::Milliamps;

/// A text and where it comes from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl<'a> Source<'a> {
    /// The whole of it.
    pub(super) fn section(self) -> Result<Section<'a>, ConfigError> {
        match DeTable::parse(self.text) {
            Ok(table) => Ok(Section::new(self, table)),
            Err(error) => {
                let text = error.message().lines().collect::<Vec<_>>().join(", ");
                let span = error.span().unwrap_or_default();
                Err(self.wrong(&span, Problem::Syntax(text)))
            }
        }
    }

    fn wrong(self, span: &Range<usize>, problem: Problem) -> ConfigError {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        ConfigError::Wrong {
            path: self.path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            problem,
        }
    }
}

/// A table that is read key by key; what nobody asked for is an error.
pub(super) struct Section<'a> {
    source: Source<'a>,
    span: Range<usize>,
    entries: BTreeMap<String, (Range<usize>, Spanned<DeValue<'a>>)>,
    asked: Vec<&'static str>,
}

impl<'a> Section<'a> {
    fn new(source: Source<'a>, table: Spanned<DeTable<'a>>) -> Self {
        let span = table.span();
        let entry = |(key, value): (Spanned<_>, _)| {
            let span = key.span();
            (String::from(key.into_inner()), (span, value))
        };
        Self {
            source,
            span,
            entries: table.into_inner().into_iter().map(entry).collect(),
            asked: Vec::new(),
        }
    }

    /// The value of a key, if it is there.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.asked.push(key);
        let (key_span, value) = self.entries.remove(key)?;
        Some(Value {
            source: self.source,
            key: key.to_owned(),
            key_span,
            content: value,
        })
    }

    /// What a key says, if it is there.
    pub(super) fn get<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Value<'a>) -> Result<T, ConfigError>,
    ) -> Result<Option<T>, ConfigError> {
        self.take(key).as_ref().map(read).transpose()
    }

    /// The table of a key, empty if it is not there.
    pub(super) fn section(&mut self, key: &'static str) -> Result<Self, ConfigError> {
        match self.take(key) {
            Some(value) => value.section(),
            None => Ok(Self::new(self.source, Spanned::new(0..0, DeTable::new()))),
        }
    }

    /// Every key and value, in the order of the text.
    pub(super) fn into_values(self) -> Vec<Value<'a>> {
        let source = self.source;
        let value = |(key, (key_span, content))| Value {
            source,
            key,
            key_span,
            content,
        };
        let mut values: Vec<_> = self.entries.into_iter().map(value).collect();
        values.sort_by_key(|value| value.key_span.start);
        values
    }

    /// Nothing else may be there.
    pub(super) fn finish(self) -> Result<(), ConfigError> {
        let Self {
            source,
            entries,
            asked,
            ..
        } = self;
        let Some((key, (span, _))) = entries.iter().min_by_key(|(_, (span, _))| span.start) else {
            return Ok(());
        };
        let problem = Problem::UnknownKey {
            key: key.clone(),
            nearest: nearest(key, asked.iter().copied()).map(str::to_owned),
            known: asked.into_iter().map(str::to_owned).collect(),
        };
        Err(source.wrong(span, problem))
    }

    /// Something is wrong with the whole of it.
    pub(super) fn wrong(&self, problem: Problem) -> ConfigError {
        self.source.wrong(&self.span, problem)
    }
}

/// A value and its key.
pub(super) struct Value<'a> {
    source: Source<'a>,
    pub(super) key: String,
    key_span: Range<usize>,
    content: Spanned<DeValue<'a>>,
}

impl<'a> Value<'a> {
    pub(super) fn section(self) -> Result<Section<'a>, ConfigError> {
        let span = self.key_span.clone();
        let wrong = self.of_kind("a table");
        match self.content.into_inner() {
            DeValue::Table(table) => Ok(Section::new(self.source, Spanned::new(span, table))),
            _ => Err(wrong),
        }
    }

    pub(super) fn text_ref(&self) -> Result<&str, ConfigError> {
        let text = self.content.get_ref().as_str();
        text.ok_or_else(|| self.of_kind("a text in quotes"))
    }

    pub(super) fn text(&self) -> Result<String, ConfigError> {
        let text = self.text_ref()?;
        if text.trim().is_empty() {
            return Err(self.wrong("it is empty".to_owned()));
        }
        Ok(text.to_owned())
    }

    pub(super) fn yes(&self) -> Result<bool, ConfigError> {
        let wrong = || self.of_kind("true or false");
        self.content.get_ref().as_bool().ok_or_else(wrong)
    }

    pub(super) fn number(&self, range: RangeInclusive<u16>) -> Result<u16, ConfigError> {
        let wrong = || self.of_kind("a whole number");
        let number = self.content.get_ref().as_integer().ok_or_else(wrong)?;
        let number = number.as_str().replace('_', "").parse().ok();
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (least, most) = (range.start(), range.end());
                self.wrong(format!("expected {least} to {most}"))
            })
    }

    /// Amps as a number, or as a text with the unit.
    pub(super) fn current(&self) -> Result<Milliamps, ConfigError> {
        let text = match self.content.get_ref() {
            DeValue::Integer(number) => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            DeValue::String(text) => text,
            _ => return Err(self.of_kind("a current such as 16 or \"16 A\"")),
        };
        text.parse::<Milliamps>()
            .map_err(|error| self.wrong(error.to_string()))
    }

    /// Amps within reason.
    pub(super) fn bounded(&self, least_amps: u16) -> Result<Milliamps, ConfigError> {
        let current = self.current()?;
        let range = Milliamps::from_amps(least_amps)..=Milliamps::from_amps(1_000);
        if !range.contains(&current) {
            return Err(self.wrong(format!("expected {} to {}", range.start(), range.end())));
        }
        Ok(current)
    }

    /// Amps for each phase: one for all, or a list of three.
    pub(super) fn per_phase(&self, least_amps: u16) -> Result<[Milliamps; 3], ConfigError> {
        let Some(values) = self.content.get_ref().as_array() else {
            return Ok([self.bounded(least_amps)?; 3]);
        };
        let amps = values
            .iter()
            .map(|value| self.item(value).bounded(least_amps));
        let amps: Vec<_> = amps.collect::<Result<_, _>>()?;
        amps.try_into()
            .map_err(|_| self.wrong("expected one current, or three for L1, L2 and L3".to_owned()))
    }

    /// The key is a name of a charger or circuit.
    pub(super) fn check_name(&self) -> Result<(), ConfigError> {
        let is_in_names = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if self.key.is_empty() || !self.key.chars().all(is_in_names) {
            let key = self.key.clone();
            let reason = "a name is of a-z, A-Z, 0-9, - and _".to_owned();
            return Err(self.misplaced(Problem::Value { key, reason }));
        }
        Ok(())
    }

    /// Whatever reads itself from a text.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&self) -> Result<T, ConfigError> {
        self.text_ref()?
            .parse()
            .map_err(|error: T::Err| self.wrong(error.to_string()))
    }

    /// A list of whatever reads itself from a text.
    pub(super) fn list<T: FromStr<Err: Display>>(&self) -> Result<Vec<T>, ConfigError> {
        let values = self.content.get_ref().as_array();
        let values = values.ok_or_else(|| self.of_kind("a list of texts"))?;
        values
            .iter()
            .map(|value| self.item(value).parsed())
            .collect()
    }

    /// One of a list, under the same key.
    fn item(&self, content: &Spanned<DeValue<'a>>) -> Self {
        Self {
            source: self.source,
            key: self.key.clone(),
            key_span: self.key_span.clone(),
            content: content.clone(),
        }
    }

    /// The value makes no sense.
    pub(super) fn wrong(&self, reason: String) -> ConfigError {
        let key = self.key.clone();
        let problem = Problem::Value { key, reason };
        self.source.wrong(&self.content.span(), problem)
    }

    /// Its key has no business there.
    pub(super) fn misplaced(&self, problem: Problem) -> ConfigError {
        self.source.wrong(&self.key_span, problem)
    }

    fn of_kind(&self, expected: &'static str) -> ConfigError {
        let problem = Problem::Kind {
            key: self.key.clone(),
            expected,
            found: match self.content.get_ref() {
                DeValue::String(_) => "a text",
                DeValue::Integer(_) | DeValue::Float(_) => "a number",
                DeValue::Boolean(_) => "true or false",
                DeValue::Datetime(_) => "a time",
                DeValue::Array(_) => "a list",
                DeValue::Table(_) => "a table",
            },
        };
        self.source.wrong(&self.content.span(), problem)
    }
}
