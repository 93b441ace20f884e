//! Which transaction runs, so that a stop has an id.

use crate::proto::StartTransactionReq;

/// The running transaction, by who named it.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    assigned: Option<Assigned>,
    /// From meter values or the vendor status.
    reported: Option<i64>,
    last_assigned: i64,
}

#[derive(Debug)]
struct Assigned {
    id: i64,
    /// What a repeated request has in common with the first.
    key: (Option<i64>, Option<i32>),
    /// The link was lost since: another transaction may have begun unseen.
    in_doubt: bool,
}

impl Transaction {
    /// The id for a `StartTransactionReq`: positive, 31 bits, by the time of day; a repeated request gets the same one.
    pub(super) fn start(&mut self, request: &StartTransactionReq, unix_s: i64) -> i64 {
        let key = (request.timestamp, request.meter_start_wh);
        if let Some(assigned) = self
            .assigned
            .as_mut()
            .filter(|assigned| assigned.key == key)
        {
            assigned.in_doubt = false;
            return assigned.id;
        }
        let mut id = (unix_s & 0x7FFF_FFFF).max(1);
        if id <= self.last_assigned {
            id = (self.last_assigned % 0x7FFF_FFFF) + 1;
        }
        self.last_assigned = id;
        self.reported = None;
        self.assigned = Some(Assigned {
            id,
            key,
            in_doubt: false,
        });
        id
    }

    /// A number in a report; 0, -1 and absent are no transaction.
    pub(super) fn report(&mut self, id: Option<i64>) {
        if let Some(id) = id.filter(|id| *id > 0) {
            self.assigned
                .take_if(|assigned| assigned.in_doubt && assigned.id != id);
            self.reported = Some(id);
        }
    }

    /// The link is gone: from now on the charger knows better.
    pub(super) fn link_lost(&mut self) {
        if let Some(assigned) = &mut self.assigned {
            assigned.in_doubt = true;
        }
    }

    pub(super) fn end(&mut self) {
        self.assigned = None;
        self.reported = None;
    }

    /// Assigned by us first, then reported.
    pub(super) fn id(&self) -> Option<i64> {
        self.id_other_than(None)
    }

    /// As [`Self::id`], without one that the charger did not accept.
    pub(super) fn id_other_than(&self, rejected: Option<i64>) -> Option<i64> {
        let assigned = self.assigned.as_ref().map(|assigned| assigned.id);
        [assigned, self.reported]
            .into_iter()
            .flatten()
            .find(|id| Some(*id) != rejected)
    }
}
