//! Which executions want attention, and whose they are.

use rusqlite::{Connection, Row, params};

use super::rows::{ACTIVE, as_limit, wake_from_sql, wake_to_sql};
use crate::store::{ExecutionId, Waiting};

/// Whose executions are looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Whose {
    /// Those that this epoch owns, besides those that nobody does.
    pub(super) epoch: Option<i64>,
    /// Of those that nobody owns, executions of these workflows: JSON. Of all where it is none.
    pub(super) workflows: Option<String>,
}

/// What nobody owns, and what is owned by engines that have ended or by one's own: each part is a seek in the index.
const PAGE: &str = "
    SELECT wake, id FROM execution
    WHERE status = 1 AND wake IS NOT NULL AND owner IS NULL AND (wake, id) > (?1, ?2) AND wake <= ?3
        AND (?6 IS NULL OR workflow IN (SELECT value FROM json_each(?6)))
    UNION ALL
    SELECT wake, id FROM execution
    WHERE status = 1 AND wake IS NOT NULL AND owner IN (SELECT epoch FROM engine WHERE ended = 1 OR epoch = ?5)
        AND (wake, id) > (?1, ?2) AND wake <= ?3
        AND (?6 IS NULL OR owner = ?5 OR workflow IN (SELECT value FROM json_each(?6)))
    ORDER BY 1, 2 LIMIT ?4";

const NEXT: &str = "
    SELECT min(next) FROM (
        SELECT (SELECT wake FROM execution
                WHERE status = 1 AND wake IS NOT NULL AND owner IS NULL AND wake > ?1
                    AND (?3 IS NULL OR workflow IN (SELECT value FROM json_each(?3)))
                ORDER BY wake LIMIT 1) AS next
        UNION ALL
        SELECT (SELECT wake FROM execution
                WHERE status = 1 AND wake IS NOT NULL AND owner = engine.epoch AND wake > ?1
                    AND (?3 IS NULL OR owner = ?2 OR workflow IN (SELECT value FROM json_each(?3)))
                ORDER BY wake LIMIT 1)
        FROM engine WHERE ended = 1 OR epoch = ?2)";

pub(super) fn due(
    connection: &Connection,
    whose: &Whose,
    after: Waiting,
    until: i64,
    limit: usize,
) -> rusqlite::Result<(Vec<Waiting>, Option<i64>)> {
    let Whose { epoch, workflows } = whose;
    let until = until.max(ACTIVE);
    let mut page = connection.prepare_cached(PAGE)?;
    let bounds = params![wake_to_sql(after.0), after.1.0, until, as_limit(limit), epoch, workflows];
    let waiting = |row: &Row<'_>| Ok((wake_from_sql(Some(row.get(0)?)), ExecutionId(row.get(1)?)));
    let due = page.query_map(bounds, waiting)?.collect::<Result<_, _>>()?;
    let next = connection.prepare_cached(NEXT)?.query_row(params![until, epoch, workflows], |row| row.get(0))?;
    Ok((due, next))
}

/// What is blocked of some workflows, which are JSON. Whoever tries one owns it meanwhile.
pub(super) fn blocked(connection: &Connection, workflows: &str) -> rusqlite::Result<Vec<ExecutionId>> {
    connection
        .prepare_cached(
            "SELECT e.id FROM json_each(?1) AS w CROSS JOIN execution AS e ON e.workflow = w.value AND e.status = 6
             WHERE e.owner IS NULL OR e.owner NOT IN (SELECT epoch FROM engine WHERE ended = 0) ORDER BY e.id",
        )?
        .query_map([workflows], |row| Ok(ExecutionId(row.get(0)?)))?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{SqliteOptions, SqliteStore};

    #[test]
    fn what_is_due_is_found_by_the_index_whoever_owns_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let _store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
        let connection = Connection::open(&path).unwrap();
        let plan = |sql: &str| -> Vec<String> {
            let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            explain.raw_query().mapped(|row| row.get(3)).map(Result::unwrap).collect()
        };
        for plan in [plan(PAGE), plan(NEXT)] {
            let seeks = plan.iter().filter(|line| line.contains(" execution"));
            assert_eq!(seeks.clone().count(), 2, "{plan:?}");
            assert!(seeks.clone().all(|line| line.contains("INDEX execution_due (owner=? AND wake>?")), "{plan:?}");
        }
    }
}
