//! Contracts of the interface.

pub(crate) mod page_size_outlier;
pub(crate) mod shadowed_route;
pub(crate) mod unbounded_export;
pub(crate) mod undocumented_endpoint;
pub(crate) mod unpaginated_list;
pub(crate) mod unregistered_router;
pub(crate) mod unvalidated_sort_column;
pub(crate) mod unvalidated_sort_order;
pub(crate) mod unversioned_routes;
