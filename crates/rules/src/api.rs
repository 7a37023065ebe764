//! Contracts of the interface.

pub(crate) mod shadowed_route;
pub(crate) mod undocumented_endpoint;
pub(crate) mod unregistered_router;
pub(crate) mod unvalidated_sort_column;
pub(crate) mod unvalidated_sort_order;
pub(crate) mod unversioned_routes;
