//! Reviews of records made here, in every form that is written.
