//! The columns of a table, written once: qualified and renamed for joins, bare for `RETURNING`.

/// Defines `COLUMNS` (`u.id AS u_id, …`), `VALUES` (`u.id, …`) and `RETURNING` (`id, …`) for a table under its alias.
macro_rules! columns {
    ($alias:literal: $first:literal $(, $name:literal)* $(,)?) => {
        /// The columns that [`read`] reads, for a `SELECT`.
        pub(crate) const COLUMNS: &str = concat!(
            $alias, ".", $first, " AS ", $alias, "_", $first
            $(, ", ", $alias, ".", $name, " AS ", $alias, "_", $name)*
        );
        /// The columns that [`read`] reads, for an expression.
        #[allow(dead_code, clippy::allow_attributes, reason = "few tables are looked at so")]
        pub(crate) const VALUES: &str = concat!($alias, ".", $first $(, ", ", $alias, ".", $name)*);
        /// The columns that [`read`] reads, for a `RETURNING`.
        #[allow(dead_code, clippy::allow_attributes, reason = "a table may have none that returns")]
        pub(crate) const RETURNING: &str = concat!($first $(, ", ", $name)*);
    };
}

pub(crate) use columns;
