//! Keeps the spans and events of this thread as data.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

use crate::support::Log;

/// A span, with what was recorded in it up to now.
#[derive(Clone, Debug)]
pub struct Span {
    pub name: &'static str,
    pub level: Level,
    /// The spans that it is in, innermost first.
    pub parents: Vec<&'static str>,
    pub fields: BTreeMap<&'static str, String>,
}

/// An event, and the spans that it is in, innermost first.
#[derive(Clone, Debug)]
pub struct Told {
    pub level: Level,
    pub spans: Vec<&'static str>,
    pub text: String,
}

#[derive(Default)]
struct Kept {
    spans: Vec<Span>,
    /// The place of a span that lives; ids are used again.
    places: HashMap<u64, usize>,
    events: Vec<Told>,
}

/// Records what this thread tells, up to `DEBUG`, until it is dropped.
pub struct Recorder {
    keep: Keep,
    _guard: DefaultGuard,
    /// With a subscriber for all threads, no thread without one can switch a place off.
    _log: Log,
}

impl Recorder {
    pub fn install() -> Self {
        let log = Log::capture();
        let keep = Keep::default();
        let subscriber = Registry::default().with(keep.clone());
        Self {
            keep,
            _guard: tracing::subscriber::set_default(subscriber),
            _log: log,
        }
    }

    pub fn spans(&self) -> Vec<Span> {
        self.keep.lock().spans.clone()
    }

    pub fn events(&self) -> Vec<Told> {
        self.keep.lock().events.clone()
    }

    /// Everything that was told, as one text.
    pub fn text(&self) -> String {
        format!("{:?} {:?}", self.spans(), self.events())
    }
}

#[derive(Clone, Default)]
struct Keep(Arc<Mutex<Kept>>);

impl Keep {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("nothing panics in here")
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Keep {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let span = ctx.span(id).expect("it is new");
        let metadata = attributes.metadata();
        if *metadata.level() > Level::DEBUG {
            return;
        }
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let mut kept = self.lock();
        let place = kept.spans.len();
        kept.places.insert(id.into_u64(), place);
        kept.spans.push(Span {
            name: metadata.name(),
            level: *metadata.level(),
            parents: span.scope().skip(1).map(|span| span.name()).collect(),
            fields: fields.0,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        let mut kept = self.lock();
        if let Some(place) = kept.places.get(&id.into_u64()).copied() {
            kept.spans[place].fields.extend(fields.0);
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.lock().places.remove(&id.into_u64());
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let level = *event.metadata().level();
        if level > Level::DEBUG {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let scope = ctx.event_scope(event).into_iter().flatten();
        let spans = scope.map(|span| span.name()).collect();
        let text = format!("{:?}", fields.0);
        self.lock().events.push(Told { level, spans, text });
    }
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
