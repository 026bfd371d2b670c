#![doc = include_str!("../../docs/openapi.md")]

mod document;
mod inputs;
mod name;
mod operation;
mod outputs;
mod problem;
mod schemas;

use std::{collections::BTreeMap, fmt};

use axum::Router;
use serde::Serialize;

use crate::{error::Error, schema, tool::Tool};

use super::RouteTool;

use self::{
    document::{Document, Found},
    problem::Problem,
    schemas::Budget,
};

pub use self::operation::Operation;

/// The operations of an OpenAPI document, on their way to become tools.
///
/// All of them, unless some are chosen; see the [module docs](self).
#[must_use = "operations become tools with `tools()`"]
pub struct Import {
    app: Router,
    document: Document,
    base_path: String,
    chosen: Vec<Choice>,
    except: Vec<String>,
    routes: Vec<Box<dyn Fn(&Operation, RouteTool) -> RouteTool + Send + Sync>>,
    tools: Vec<Box<dyn Fn(&Operation, Tool) -> Tool + Send + Sync>>,
}

/// What an operation is chosen by.
#[derive(Debug)]
enum Choice {
    Tag(String),
    Path(String),
    Operation(String),
}

impl Choice {
    fn fits(&self, operation: &Operation) -> bool {
        match self {
            Self::Tag(tag) => operation.tags().contains(tag),
            Self::Path(path) => operation.path() == path,
            Self::Operation(id) => operation.is(id),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => write!(f, "tag `{tag}`"),
            Self::Path(path) => write!(f, "path `{path}`"),
            Self::Operation(id) => write!(f, "operation id `{id}`"),
        }
    }
}

impl Import {
    /// Reads a document: a `serde_json::Value`, utoipa's `OpenApi`, or any such model.
    ///
    /// # Errors
    ///
    /// When it is no OpenAPI document of version 3.0 or 3.1.
    pub fn new(app: &Router, document: &impl Serialize) -> Result<Self, Error> {
        let document = serde_json::to_value(document)
            .map_err(|error| Error::with_source("the document cannot be written as JSON", error))?;
        Ok(Self {
            app: app.clone(),
            document: Document::new(document)?,
            base_path: String::new(),
            chosen: Vec::new(),
            except: Vec::new(),
            routes: Vec::new(),
            tools: Vec::new(),
        })
    }

    /// Reads a document from its JSON text.
    ///
    /// # Errors
    ///
    /// When it is no JSON, or no OpenAPI document of version 3.0 or 3.1.
    pub fn from_json(app: &Router, text: &str) -> Result<Self, Error> {
        let document: serde_json::Value = serde_json::from_str(text).map_err(|error| {
            Error::with_source(
                "the document is no JSON; convert it first when it is YAML",
                error,
            )
        })?;
        Self::new(app, &document)
    }

    /// Sets where in the application the paths of the document begin.
    ///
    /// The `servers` of the document are not read: their URLs name the application
    /// as others see it, behind its proxies.
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        let path: String = path.into();
        path.trim_end_matches('/').clone_into(&mut self.base_path);
        self
    }

    /// Takes the operations with this tag, besides others that are chosen.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.chosen.push(Choice::Tag(tag.into()));
        self
    }

    /// Takes the operations of this path, as the document spells it.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.chosen.push(Choice::Path(path.into()));
        self
    }

    /// Takes the operation with this id.
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.chosen.push(Choice::Operation(id.into()));
        self
    }

    /// Leaves an operation out, by its id or by its method and path, as `GET /users`.
    pub fn except(mut self, operation: impl Into<String>) -> Self {
        self.except.push(operation.into());
        self
    }

    /// Changes the route of each operation, for example what is forwarded to it.
    pub fn map_route(
        mut self,
        change: impl Fn(&Operation, RouteTool) -> RouteTool + Send + Sync + 'static,
    ) -> Self {
        self.routes.push(Box::new(change));
        self
    }

    /// Changes the tool of each operation: its name, its description, its hints.
    pub fn map(
        mut self,
        change: impl Fn(&Operation, Tool) -> Tool + Send + Sync + 'static,
    ) -> Self {
        self.tools.push(Box::new(change));
        self
    }

    /// Makes the tools.
    ///
    /// # Errors
    ///
    /// When an operation cannot become a tool, when two of them have the same
    /// name, or when something was chosen or left out that is not in the document.
    pub fn tools<S>(&self) -> Result<Vec<Tool<S>>, Error>
    where
        S: Clone + Send + Sync + 'static,
    {
        let found = self.document.operations()?;
        self.check_choices(&found)?;
        let mut budget = Budget::default();
        let mut names = BTreeMap::new();
        let mut tools = Vec::new();
        for found in found.iter().filter(|found| self.takes(&found.operation)) {
            let operation = &found.operation;
            let tool = self.tool(found, &mut budget);
            let tool = tool.map_err(|problem| problem.at(operation))?;
            let other = names.insert(tool.name().to_owned(), operation.to_string());
            if let Some(other) = other {
                let name = tool.name();
                return Err(Error::new(format!(
                    "`{other}` and `{operation}` are both named `{name}`; rename one of them with `map`"
                )));
            }
            tools.push(tool.with_state(()));
        }
        Ok(tools)
    }

    fn takes(&self, operation: &Operation) -> bool {
        let chosen = self.chosen.iter().any(|choice| choice.fits(operation));
        let left_out = self.except.iter().any(|name| operation.is(name));
        (chosen || self.chosen.is_empty()) && !left_out
    }

    /// Refuses what was misspelled: it would choose nothing, or leave nothing out.
    fn check_choices(&self, found: &[Found<'_>]) -> Result<(), Error> {
        let mut operations = found.iter().map(|found| &found.operation);
        for choice in &self.chosen {
            if !operations.clone().any(|operation| choice.fits(operation)) {
                return Err(Error::new(format!("no operation has the {choice}")));
            }
        }
        let exists = |name: &&String| !operations.any(|operation| operation.is(name));
        match self.except.iter().find(exists) {
            Some(name) => Err(Error::new(format!(
                "there is no operation `{name}` to leave out; name it by its id, or as `GET /path`"
            ))),
            None => Ok(()),
        }
    }

    fn tool(&self, found: &Found<'_>, budget: &mut Budget) -> Result<Tool, Problem> {
        let operation = &found.operation;
        let path = format!("{}{}", self.base_path, operation.path());
        let mut route = RouteTool::new(&self.app, operation.method().clone(), &path)?;
        for change in &self.routes {
            route = change(operation, route);
        }
        inputs::add(&mut route, &self.document, found, budget)?;
        if route.output_schema.is_none() {
            route.output_schema = outputs::schema(&self.document, found, budget)?;
        }
        let name = name::of_tool(operation);
        schema::check_name(&name)?;
        let mut tool = route.build(name)?;
        if let Some(description) = operation.description() {
            tool = tool.description(description);
        }
        for change in &self.tools {
            tool = change(operation, tool);
        }
        Ok(tool)
    }
}

impl fmt::Debug for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import")
            .field("base_path", &self.base_path)
            .field("chosen", &self.chosen)
            .field("except", &self.except)
            .finish_non_exhaustive()
    }
}
