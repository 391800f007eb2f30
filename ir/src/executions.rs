//! The types by which a workflow sees executions: its own, and those that it starts. The same in every program.

use crate::{FieldDef, Fields, StructDef, TypeDef, TypeId, TypeTable};

impl TypeTable {
    /// What `execution()` yields.
    pub fn execution_context(&mut self) -> TypeId {
        let (text, time) = (self.intern(TypeDef::String), self.intern(TypeDef::Timestamp));
        let fields = [("id", text), ("name", text), ("start_time", time), ("workflow", text)];
        self.structure("ExecutionContext", &fields.map(|(name, ty)| (name, name, ty)))
    }

    /// What `.start()` yields.
    pub fn started_execution(&mut self) -> TypeId {
        let text = self.intern(TypeDef::String);
        self.structure("StartedExecution", &[("execution_arn", "ExecutionArn", text)])
    }

    /// A struct of these fields: name, key and type.
    fn structure(&mut self, name: &str, fields: &[(&str, &str, TypeId)]) -> TypeId {
        self.named(&format!("durafn::{name}"), |_| {
            let field = |(name, key, ty): &(&str, &str, TypeId)| FieldDef {
                key: (*key).to_owned(),
                ..FieldDef::plain(name, *ty)
            };
            TypeDef::Struct(StructDef {
                name: name.to_owned(),
                fields: Fields::Named(fields.iter().map(field).collect()),
                transparent: false,
            })
        })
    }
}
