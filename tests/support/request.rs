//! A request as the scripted server has captured it.

use bytes::Bytes;
use serde_json::Value;

/// One captured request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method, `POST` as a rule.
    pub method: String,
    /// The path with the query.
    pub path: String,
    /// Names in lower case, and values, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Bytes,
}

impl Request {
    /// The value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// If it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body of a request is JSON")
    }

    /// The items of `input`.
    pub fn input(&self) -> Vec<Value> {
        self.json()["input"].as_array().cloned().unwrap_or_default()
    }

    /// The messages of a request for Chat Completions.
    pub fn messages(&self) -> Vec<Value> {
        let messages = &self.json()["messages"];
        messages.as_array().cloned().unwrap_or_default()
    }

    /// The results of tools, in either form: call id, and the text that goes back to the model.
    pub fn results(&self) -> Vec<(String, String)> {
        let text = |output: &Value| match output {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let result = |item: &Value| {
            item["type"].as_str()?.strip_suffix("_call_output")?;
            Some((item["call_id"].as_str()?.to_owned(), text(&item["output"])))
        };
        let message = |message: &Value| {
            let id = message["tool_call_id"].as_str()?.to_owned();
            Some((id, text(&message["content"])))
        };
        let results = self.input();
        let results = results.iter().filter_map(result);
        let messages = self.messages();
        results.chain(messages.iter().filter_map(message)).collect()
    }

    /// The body up to the end of the conversation, and what comes after it.
    ///
    /// # Panics
    ///
    /// If there is no conversation in it.
    pub fn around_conversation(&self) -> (String, String) {
        let body = String::from_utf8(self.body.to_vec()).expect("a body is text");
        let name = match self.input().is_empty() {
            true => "messages",
            false => "input",
        };
        let list = self.json()[name].to_string();
        let start = body.find(&list).expect("the conversation is written once");
        // Without the bracket that closes it.
        let end = start + list.len() - 1;
        (body[..end].to_owned(), body[end..].to_owned())
    }

    /// The result of the call that was made last.
    ///
    /// # Panics
    ///
    /// If the request holds no result.
    pub fn last_result(&self) -> String {
        self.results()
            .pop()
            .expect("the request holds the result of a call")
            .1
    }
}
