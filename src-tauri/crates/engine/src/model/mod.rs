//! (module docs come with the code)
