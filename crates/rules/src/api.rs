//! Contracts of the interface.

pub(crate) mod inconsistent_response_model;
pub(crate) mod mock_endpoint;
pub(crate) mod page_size_outlier;
pub(crate) mod referenced_file_missing;
pub(crate) mod response_schema_mismatch;
pub(crate) mod shadowed_route;
pub(crate) mod unbounded_export;
pub(crate) mod unbounded_page_size;
pub(crate) mod unconstrained_field;
pub(crate) mod undocumented_endpoint;
pub(crate) mod unpaginated_list;
pub(crate) mod unregistered_router;
pub(crate) mod unvalidated_sort_column;
pub(crate) mod unvalidated_sort_order;
pub(crate) mod unversioned_routes;
pub(crate) mod update_schema_loses_constraints;
