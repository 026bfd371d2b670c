//! Repeats an implementation for every number of arguments.

/// Calls `$implement!` with the type parameters of each arity, up to ten.
macro_rules! all_arities {
    ($implement:ident) => {
        $implement!();
        $implement!(A1);
        $implement!(A1, A2);
        $implement!(A1, A2, A3);
        $implement!(A1, A2, A3, A4);
        $implement!(A1, A2, A3, A4, A5);
        $implement!(A1, A2, A3, A4, A5, A6);
        $implement!(A1, A2, A3, A4, A5, A6, A7);
        $implement!(A1, A2, A3, A4, A5, A6, A7, A8);
        $implement!(A1, A2, A3, A4, A5, A6, A7, A8, A9);
        $implement!(A1, A2, A3, A4, A5, A6, A7, A8, A9, A10);
    };
}

pub(super) use all_arities;
