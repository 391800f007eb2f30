//! Slots: how generated code learns the types that rustc infers in a body.
//!
//! A body and the function that describes its types share slots without a value, one for each local or expression. Where the body
//! mentions the slot beside a value, inference settles the slot's type. In production that is all a slot does; while a debugger
//! replays, [`Slot::see`] also shows it the value.

use std::{fmt, marker::PhantomData};

use durafn_ir::{Callee, TypeId, TypeTable};

use crate::{
    callable::{Call, Callable},
    context::Cx,
    data::Data,
    private::body::Settled,
};

macro_rules! slot {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<T>(PhantomData<fn() -> T>);

        impl<T> $name<T> {
            #[allow(clippy::new_without_default)]
            pub const fn new() -> Self {
                $name(PhantomData)
            }
        }

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $name<T> {}

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

slot!(
    /// The type of a local or an expression, without references.
    Slot
);
slot!(
    /// The type of a constant.
    ConstSlot
);
slot!(
    /// What a call calls.
    CalleeSlot
);

impl<T> Slot<T> {
    /// A local has a new value.
    #[inline]
    pub fn see<R>(self, cx: &Cx, local: u32, name: &'static str, value: &R)
    where
        R: Data<Owned = T> + ?Sized,
    {
        if cx.observing() {
            cx.observe(local, name, || serde_json::to_value(value).unwrap_or_default());
        }
    }

    /// A local of one expression: only its type is of interest.
    #[inline]
    pub fn bind<R>(self, _value: &R)
    where
        R: Data<Owned = T> + ?Sized,
    {
    }

    /// The value of an expression.
    #[inline]
    pub fn through<R: Data<Owned = T>>(self, value: R) -> R {
        value
    }

    /// An awaited value whose error type is of interest.
    #[inline]
    pub fn through_error<V: Settled<Error: Data<Owned = T>>>(self, value: V) -> V {
        value
    }

    /// Describes the type.
    pub fn describe(self, types: &mut TypeTable) -> TypeId
    where
        T: Data,
    {
        T::describe(types)
    }
}

impl<T> ConstSlot<T> {
    /// The constant where it is used.
    #[inline]
    pub fn through(self, value: T) -> T {
        value
    }

    /// Its type and JSON. A constant that serde cannot write is null; the compiler's types exclude it.
    pub fn describe(self, value: T, types: &mut TypeTable) -> (TypeId, serde_json::Value)
    where
        T: Data,
    {
        (T::describe(types), serde_json::to_value(value).unwrap_or_default())
    }
}

/// What is awaited: the call of a task or workflow. Implemented by durafn alone.
#[diagnostic::on_unimplemented(
    message = "only the call of a task or workflow can be awaited in a workflow",
    label = "this is neither a task nor a workflow",
    note = "write `#[task]` above the function; or await it inside a `#[task]`, and await that here"
)]
pub trait Awaited {
    type Callee: Callable;

    fn call(self) -> Call<Self::Callee>;
}

impl<C: Callable> Awaited for Call<C> {
    type Callee = C;

    fn call(self) -> Call<C> {
        self
    }
}

impl<C: Callable> CalleeSlot<C> {
    /// The call where it is made.
    #[inline]
    pub fn through<A: Awaited<Callee = C>>(self, call: A) -> Call<C> {
        call.call()
    }

    /// Describes the callee.
    pub fn describe(self, types: &mut TypeTable) -> Callee {
        C::describe(types)
    }
}
