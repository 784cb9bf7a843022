//! Parts the tests share.
