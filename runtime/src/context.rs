//! The running execution as generated code reaches it.
//!
//! A [`Cx`] is one scope of one execution: the workflow itself, a branch of a Parallel, an iteration of a Map. Generated bodies hold it in
//! a local of their own and hand an inner one to each branch; nothing is passed by the user.

// Generated code calls, in a body (`cx` is the scope's `Cx`):
//
//   cx.enter(state: u32)                                   a state was entered: labels for history, and the debugger's clock
//   cx.call(state: u32, call: Call<C>).await -> C::Returned     a durable task call
//   cx.child(state: u32, call: Call<W>).await -> W::Returned    a child execution that is waited for
//   cx.sleep(state: u32, d: std::time::Duration).await
//   cx.sleep_until(state: u32, t: Timestamp).await
//
//   let mut join = cx.parallel::<E>(state: u32);           E: the error type of the branches; `Infallible`-like `NoError` where plain
//   let a = join.branch(|cx: Cx| async move { .. });       -> Branch<T>; the future may borrow locals of the body: Parallel<'a, E>
//   let b = join.branch(|cx: Cx| async move { .. });
//   let joined: Result<(), E> = join.run().await;          first failure stops (drops) the others
//   (a.take(), b.take())                                   the values, after Ok
//
//   cx.map(state, items: Vec<T>, concurrency: Option<u64>, |cx: Cx, item: T, index: u64| async move { .. }).await
//                                                          -> <R as Joined>::Vec: Result<Vec<V>, E> or Vec<V>
//   cx.now(), cx.uuid(), cx.random(), cx.execution()       journaled with the next durable entry
//   cx.observing() -> bool and cx.observe(slot: u32, name, impl FnOnce() -> serde_json::Value)   only true in a debugger's replay
//
// A failure that the awaiting type cannot hold, an arithmetic failure (raised by unwinding with `std::panic::resume_unwind(Box::new(EvalFailed
// { .. }))`) and a panic end the scope: the scope's future is dropped, never resumed.
