//! The test kit, in a binary of its own: its tasks ask for resources, which every other engine beside them would need too.

mod testing;
