//! The linked model of a whole project: the questions that rules ask, answered once.
//!
//! Whatever could not be told is a value of its own: unknown never becomes absent.

mod addresses;
mod advisories;
mod artifacts;
mod backing;
mod by_function;
mod changes;
mod client;
mod cohort;
mod costs;
mod denials;
mod dependents;
mod deployment;
mod dev_only;
mod effects;
mod enumerations;
mod file;
mod file_stores;
mod flask_config;
mod flow;
mod health;
mod import_failures;
mod imports;
mod layout;
mod link;
mod loading;
mod memo;
mod mentions;
mod migrations;
mod modules;
mod orm;
mod project;
mod proxies;
mod python_version;
mod queries;
mod raising;
mod reach;
mod resolve;
mod role;
mod row_changes;
mod schemas;
mod settings;
mod single_process;
mod state;
mod tracked;
mod transactions;
mod uploads;
mod web;
pub mod words;

pub use addresses::{AddressRead, AddressSource, HeaderPart};
pub use advisories::{Advisories, Verdicts, Vulnerability};
pub use artifacts::Artifact;
pub use backing::{BackingKind, BackingService, server_of_url};
pub use client::{ClientForm, ClientValue};
pub use cohort::{Cohort, Custom, Spread};
pub use costs::{Cost, CostKind, Costs};
pub use denials::{Condition, Denial, DenialKind, conditions};
pub use dependents::DependencyUse;
pub use deployment::{
    Build, DeployFile, DeployKind, Deployment, Image, LockedPackage, Orchestrator, Package, Port, Probe, Purpose,
    Service, Setter, StartCommand, Variable, Volume, WorkerEvidence,
};
pub use effects::{Effect, EffectKind, removes_files};
pub use enumerations::{EnumMember, Enumeration};
pub use file::{File, FileData};
pub use file_stores::{FileStore, PathKey, SaveKind, StoreLoad, StoreSave};
pub use flask_config::{ConfigSource, ConfigWrite};
pub use flow::{Flow, FlowStep, FlowTable, Hazard, SentKind};
pub use health::{HealthCheck, HealthPurpose};
pub use import_failures::{ImportCheck, ImportFailure};
pub use link::{Fact, Input, Options, link};
pub use migrations::{
    Ddl, DdlObject, DdlVerb, MigratedColumn, MigratedIndex, MigratedTable, MigrationChain, Operation, OperationKind,
    Revision, Schema, ddl,
};
pub use orm::{Attribute, AttributeKind, Column, Constructor, ForeignKey, Model, TypeFamily};
pub use project::Project;
pub use proxies::ProxyEvidence;
pub use queries::{
    Comparator, Criterion, DatabaseCall, DatabaseCallKind, End, EndKind, Query, Selection, Step, StepKind,
};
pub use reach::{Callee, Caller, Reach};
pub use resolve::{ClassRef, Entity, ExprRef, FunctionRef, Type};
pub use role::Role;
pub use row_changes::{RowChange, RowChangeKind};
pub use schemas::{Absent, Body, Bounds, DataSchema, FieldKind, SchemaField};
pub use settings::{AtDefaults, Deployed, EnvironmentRead, Setting};
pub use state::{Access, AccessKind, SharedState, StateKind};
pub use transactions::{
    Session, SessionAction, SessionEnd, SessionEvent, SessionKind, SessionSource, SessionStep, Walker, walk,
};
pub use web::{
    Answer, BodyKind, Container, ContainerId, ContainerKind, CredentialSource, Edge, Endpoint, Form, FormTarget,
    Framework, GivenPrefix, GivenStorage, Guard, GuardLink, Guarding, Handler, Limiter, LimiterLibrary, Liveness,
    Misplaced, Route, RouteId, StorageKind, StorageSetting, Throttle, ThrottleKey, Verdict, Wiring,
};
