//! Rows to bytes: table, CSV, JSON and JSON lines.
//! Pure: no file, no socket, no clock, no terminal; what a format needs to know of them is given to it.

pub mod columns;
pub mod csv;
pub mod date;
pub mod json;
pub mod summary;
pub mod table;
