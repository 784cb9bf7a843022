//! temp
use super::*;
use crate::project::draft::Draft;
pub struct Toolbox;
impl Toolbox { pub fn new(_: Draft, _: super::confine::Confinement, _: super::permission::Permission, _: &crate::model::Model) -> Self { Self } }
impl Tools for Toolbox { fn specs(&self)->Vec<Value>{vec![]} fn call<'a>(&'a self,_:ToolCall,_:&'a dyn Progress,_:CancellationToken)->Pin<Box<dyn Future<Output=ToolResult>+Send+'a>>{ unimplemented!() } }
