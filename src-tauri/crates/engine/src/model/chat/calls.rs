//! Puts the calls of an answer together from their fragments.
//!
//! A fragment belongs to a call by its `index`. Servers differ: some leave the index out, some give
//! every call the same one and tell them apart by id, some send no id or send it again with each
//! fragment. A call is never handed on before the answer is complete.

use serde_json::Value;
use serde_json::json;

use crate::model::answer::MOST_ARGUMENTS;

/// The calls of one answer, in the order they began.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Call>);

#[derive(Debug)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

impl Calls {
    /// Takes one element of `tool_calls`; gives the place of a call that has just begun.
    pub(super) fn take(&mut self, fragment: &Value) -> Option<usize> {
        let index = fragment["index"].as_u64();
        let id = fragment["id"].as_str().unwrap_or("");
        let function = &fragment["function"];
        let fits = |call: &Call| id.is_empty() || call.id.is_empty() || call.id == id;
        let known = match index {
            // The newest first: an index that was given to several calls means the last of them.
            Some(_) => self.0.iter().rposition(|call| call.index == index),
            None => self.0.len().checked_sub(1),
        };
        let known = known.filter(|at| fits(&self.0[*at]));
        let at = known.unwrap_or(self.0.len());
        if known.is_none() {
            self.0.push(Call {
                index,
                id: String::new(),
                name: String::new(),
                arguments: String::new(),
            });
        }
        let call = &mut self.0[at];
        if call.id.is_empty() {
            id.clone_into(&mut call.id);
        }
        if call.name.is_empty() {
            let name = function["name"].as_str().unwrap_or("");
            name.clone_into(&mut call.name);
        }
        match &function["arguments"] {
            Value::String(piece) => call.arguments.push_str(piece),
            Value::Null => {}
            // Some servers send the arguments as an object instead of as its text.
            whole => call.arguments.push_str(&whole.to_string()),
        }
        known.is_none().then_some(at)
    }

    /// The call whose arguments go beyond every measure.
    pub(super) fn overlong(&self) -> Option<usize> {
        let long = |call: &Call| call.arguments.len() > MOST_ARGUMENTS;
        self.0.iter().position(long)
    }

    /// The call that began last.
    pub(super) fn newest(&self) -> Option<usize> {
        self.0.len().checked_sub(1)
    }

    /// One call without its arguments, as the item that the conversation keeps. The others are gone.
    pub(super) fn emptied(self, place: usize) -> Option<Value> {
        let mut call = self.0.into_iter().nth(place)?;
        call.arguments.clear();
        Self(vec![call]).items().next()
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each as the item that the conversation keeps.
    pub(super) fn items(self) -> impl Iterator<Item = Value> {
        self.0.into_iter().map(|call| {
            // One of our own must be new each time: the same id twice means the same call again.
            let id = match call.id.is_empty() {
                true => format!("call_{}", uuid::Uuid::new_v4().simple()),
                false => call.id,
            };
            let arguments = match call.arguments.trim().is_empty() {
                true => "{}".to_owned(),
                false => call.arguments,
            };
            json!({
                "type": "function_call", "call_id": id, "name": call.name, "arguments": arguments,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_together(fragments: &[Value]) -> Vec<(String, String, String)> {
        let mut calls = Calls::default();
        for fragment in fragments {
            calls.take(fragment);
        }
        let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
        calls
            .items()
            .map(|item| {
                let [id, name, arguments] =
                    ["call_id", "name", "arguments"].map(|field| text(&item, field));
                (id, name, arguments)
            })
            .collect()
    }

    fn call(id: &str, name: &str, arguments: &str) -> (String, String, String) {
        (id.to_owned(), name.to_owned(), arguments.to_owned())
    }

    #[test]
    fn fragments_find_their_call_however_a_server_names_it() {
        let two = [call("a", "ls", "{\"x\":1}"), call("b", "cat", "{}")];
        let piece = |index: Value, id: Value, name: Value, arguments: &str| json!({"index": index, "id": id, "function": {"name": name, "arguments": arguments}});
        let none = Value::Null;
        // As OpenAI does it, the fragments of both mixed.
        assert_eq!(
            put_together(&[
                piece(json!(0), json!("a"), json!("ls"), ""),
                piece(json!(1), json!("b"), json!("cat"), "{"),
                piece(json!(0), none.clone(), none.clone(), "{\"x\""),
                piece(json!(1), none.clone(), none.clone(), "}"),
                piece(json!(0), none.clone(), none.clone(), ":1}"),
            ]),
            two
        );
        // The id and the name with each fragment.
        assert_eq!(
            put_together(&[
                piece(json!(0), json!("a"), json!("ls"), "{\"x\""),
                piece(json!(0), json!("a"), json!("ls"), ":1}"),
                piece(json!(1), json!("b"), json!("cat"), "{}"),
            ]),
            two
        );
        // Every call at index 0, or at none, whole.
        for index in [json!(0), none.clone()] {
            assert_eq!(
                put_together(&[
                    piece(index.clone(), json!("a"), json!("ls"), "{\"x\":"),
                    piece(index.clone(), none.clone(), none.clone(), "1}"),
                    piece(index, json!("b"), json!("cat"), "{}"),
                ]),
                two
            );
        }
    }

    #[test]
    fn a_call_without_an_id_gets_one_that_no_other_has() {
        let fragment = json!({"function": {"name": "ls", "arguments": {"x": 1}}});
        let [first, second] = [0, 1].map(|_| put_together(std::slice::from_ref(&fragment)));
        assert_ne!(first[0].0, second[0].0);
        assert_eq!(first[0].2, "{\"x\":1}");
        let bare = json!({"index": 0, "id": "a", "function": {"name": "ls"}});
        assert_eq!(put_together(&[bare]), [call("a", "ls", "{}")]);
    }
}
