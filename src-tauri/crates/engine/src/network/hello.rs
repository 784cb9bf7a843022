//! The first message of a TLS connection, as far as it says which server is meant.
//!
//! A tunnel that was allowed to one site is held to that site: what goes through has to begin as
//! TLS, and has to name the server that was allowed.

/// No client's first message is longer.
pub(super) const LONGEST: usize = 32 << 10;

/// What the beginning of a connection is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hello {
    /// More bytes are needed to tell.
    Unfinished,
    /// Not TLS.
    Other,
    /// TLS, to the server of this name.
    To(Option<String>),
}

/// Looks at the bytes so far.
pub(super) fn read(bytes: &[u8]) -> Hello {
    let mut message = Vec::new();
    let mut rest = bytes;
    loop {
        if let [_, high, middle, low, ..] = message[..] {
            let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
            if message[0] != 1 || length > LONGEST {
                return Hello::Other;
            }
            if let Some(whole) = message.get(4..4 + length) {
                return server_name(whole).map_or(Hello::Other, Hello::To);
            }
        }
        // A record: its kind, two bytes of version, two of length.
        let known = [22, 3]
            .iter()
            .zip(rest)
            .all(|(expected, byte)| expected == byte);
        if !known || bytes.len() > LONGEST {
            return Hello::Other;
        }
        let [_, _, _, high, low, body @ ..] = rest else {
            return Hello::Unfinished;
        };
        let length = usize::from(*high) << 8 | usize::from(*low);
        if length == 0 {
            return Hello::Other;
        }
        let Some((part, after)) = body.split_at_checked(length) else {
            return Hello::Unfinished;
        };
        message.extend_from_slice(part);
        rest = after;
    }
}

/// The name in a client's first message; `None` when it is not one.
fn server_name(message: &[u8]) -> Option<Option<String>> {
    let mut fields = Fields(message);
    fields.take(2 + 32)?;
    for width in [1, 2, 1] {
        fields.list(width)?;
    }
    let Some(extensions) = fields.list(2) else {
        return Some(None);
    };
    let mut extensions = Fields(extensions);
    let mut found = None;
    while !extensions.0.is_empty() {
        let kind = extensions.number(2)?;
        let body = extensions.list(2)?;
        if kind != 0 {
            continue;
        }
        let mut names = Fields(Fields(body).list(2)?);
        let (kind, name) = (names.number(1)?, names.list(2)?);
        // Two names would be one for us and one for the server.
        if kind != 0 || !names.0.is_empty() || found.is_some() {
            return None;
        }
        found = Some(String::from_utf8(name.to_vec()).ok()?);
    }
    Some(found)
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, width: usize) -> Option<usize> {
        let bytes = self.take(width)?;
        Some(
            bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
        )
    }

    /// Bytes that come after their own number.
    fn list(&mut self, width: usize) -> Option<&'a [u8]> {
        let length = self.number(width)?;
        self.take(length)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A first message to this server, in one record.
    pub(in crate::network) fn hello(name: Option<&str>) -> Vec<u8> {
        let prefixed = |width: usize, bytes: &[u8]| {
            let mut all = bytes.len().to_be_bytes()[8 - width..].to_vec();
            all.extend_from_slice(bytes);
            all
        };
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend(prefixed(1, &[9; 32]));
        body.extend(prefixed(2, &[0x13, 0x01]));
        body.extend(prefixed(1, &[0]));
        let mut extensions = vec![0, 43];
        extensions.extend(prefixed(2, &[2, 3, 4]));
        if let Some(name) = name {
            let mut entry = vec![0];
            entry.extend(prefixed(2, name.as_bytes()));
            extensions.extend([0, 0]);
            extensions.extend(prefixed(2, &prefixed(2, &entry)));
        }
        body.extend(prefixed(2, &extensions));
        let mut message = vec![1];
        message.extend(prefixed(3, &body));
        let mut record = vec![22, 3, 1];
        record.extend(prefixed(2, &message));
        record
    }

    #[test]
    fn the_server_is_named() {
        let bytes = hello(Some("example.com"));
        assert_eq!(read(&bytes), Hello::To(Some("example.com".to_owned())));
        assert_eq!(read(&hello(None)), Hello::To(None));
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end]), Hello::Unfinished, "{end}");
        }
    }

    #[test]
    fn a_message_in_several_records_is_one() {
        let whole = hello(Some("example.com"));
        let (first, second) = whole[5..].split_at(40);
        let mut split = Vec::new();
        for part in [first, second] {
            split.extend([22, 3, 1, 0, part.len() as u8]);
            split.extend(part);
        }
        assert_eq!(read(&split), Hello::To(Some("example.com".to_owned())));
    }

    #[test]
    fn anything_else_is_not_tls() {
        for bytes in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"SSH-2.0-x",
            &[22, 9],
            &[23, 3, 1],
            &[22, 3, 1, 0, 0],
        ] {
            assert_eq!(read(bytes), Hello::Other, "{bytes:?}");
        }
        let mut other = hello(Some("example.com"));
        other[5] = 2;
        assert_eq!(read(&other), Hello::Other);
        let endless: Vec<u8> = std::iter::repeat_n([22, 3, 1, 0, 1, 1], LONGEST)
            .flatten()
            .collect();
        assert_eq!(read(&endless), Hello::Other);
    }
}
