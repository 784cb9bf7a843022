//! temp
pub fn media_type(_: &[u8]) -> Option<&'static str> { None }
