//! Looking up by text, and ordering: of either there is one kind, for each kind is thousands of bytes of a Worker.

use std::cmp::Ordering;

/// What is looked up by a text, in no order.
#[expect(clippy::disallowed_types, reason = "nobody goes through it where its order shows")]
pub(crate) type ByText<T> = std::collections::HashMap<String, T>;

/// The items in order; those that are alike stay as they stood.
pub fn ordered<T>(items: Vec<T>, compare: &dyn Fn(&T, &T) -> Ordering) -> Vec<T> {
    let compare = |one, other| match (items.get(one), items.get(other)) {
        (Some(one), Some(other)) => compare(one, other),
        _ => Ordering::Equal,
    };
    let places = places(items.len(), &compare);
    let mut left: Vec<Option<T>> = items.into_iter().map(Some).collect();
    places.into_iter().filter_map(|place| left.get_mut(place)?.take()).collect()
}

/// The places of so many items in order. It knows no type of items: a sort is much code.
fn places(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|&one, &other| compare(one, other));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_stays_as_it_stood() {
        let items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e')];
        let letters: String = ordered(items, &|one, other| one.0.cmp(&other.0)).into_iter().map(|(_, at)| at).collect();
        assert_eq!(letters, "dbeac");
        assert!(ordered(Vec::<u8>::new(), &|one, other| one.cmp(other)).is_empty());
    }
}
