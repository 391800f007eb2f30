//! Task functions as a test names them: `charge` itself, with its parameters.

use crate::callable::{Call, Callable, Task};

/// A function that `#[task]` made: it stands for its task, and has the task's parameters. `P` is their tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no task",
    note = "name the function that is marked `#[task]`, without calling it: `kit.mock(charge)`",
    note = "a workflow is not mocked: a child runs as it is, with the tasks that it calls mocked"
)]
pub trait TaskFn<P> {
    /// The task.
    type Task: Task;
    /// Its parameters: none is `()`, one is the parameter itself, several are a tuple.
    type Input;

    /// The parameters of a call.
    fn input(args: <Self::Task as Callable>::Args) -> Self::Input;
}

macro_rules! functions {
    ($(($($param:ident)*) $input:ty;)*) => {$(
        impl<F, T, $($param),*> TaskFn<($($param,)*)> for F
        where
            F: Fn($($param),*) -> Call<T>,
            T: Task<Args = ($($param,)*)>,
        {
            type Task = T;
            type Input = $input;

            #[allow(non_snake_case, clippy::unused_unit)]
            fn input(($($param,)*): <T as Callable>::Args) -> $input {
                functions!(@input $($param)*)
            }
        }
    )*};
    (@input $one:ident) => { $one };
    (@input $($param:ident)*) => { ($($param),*) };
}

functions! {
    () ();
    (A) A;
    (A B) (A, B);
    (A B C) (A, B, C);
    (A B C D) (A, B, C, D);
    (A B C D E) (A, B, C, D, E);
    (A B C D E G) (A, B, C, D, E, G);
    (A B C D E G H) (A, B, C, D, E, G, H);
    (A B C D E G H I) (A, B, C, D, E, G, H, I);
}
