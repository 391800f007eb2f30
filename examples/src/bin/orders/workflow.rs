//! The workflow and its tasks.

use std::time::Duration;

use durafn::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bank::{Bank, Declined};

/// An order, as a line of the input file holds it.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Order {
    pub id: String,
    pub customer: Customer,
    pub card: String,
    /// Delivered by the fast carrier.
    pub express: bool,
    pub items: Vec<Item>,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Customer {
    pub name: String,
    /// ISO 3166 code.
    pub country: String,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Item {
    pub sku: String,
    pub quantity: u32,
    pub price_cents: u32,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Reservation {
    pub sku: String,
    pub warehouse: String,
    pub cents: u32,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Payment {
    pub reference: String,
    pub cents: u32,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Shipment {
    pub order: String,
    pub payment: String,
    pub label: String,
    pub parcels: u32,
    pub cents: u32,
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
pub enum OrderError {
    OutOfStock {
        sku: String,
    },
    CardDeclined {
        reason: String,
    },
    CarrierBusy,
    #[fault]
    Fault(Fault),
}

/// Takes an order from reservation to shipment.
#[workflow]
pub async fn fulfil(order: Order) -> Result<Shipment, OrderError> {
    let reserved = map(order.items.clone(), |item| reserve(order.id.clone(), item)).concurrency(5).await?;
    let goods: u32 = reserved.iter().map(|reservation| reservation.cents).sum();
    let shipping = if order.express {
        1_500
    } else if goods > 5_000 {
        0
    } else {
        490
    };

    let payment = match charge(order.id.clone(), order.card.clone(), goods + shipping).await {
        Ok(payment) => payment,
        Err(error) => {
            release(order.id.clone()).await;
            return Err(error);
        }
    };

    let mut waited = 0;
    while !carrier_ready(order.id.clone(), waited).await? && waited < 3 {
        sleep(Duration::from_secs(1)).await;
        waited += 1;
    }

    let (label, _) = try_join!(
        print_label(order.id.clone(), order.customer.clone(), order.express),
        send_receipt(order.customer.clone(), payment.clone()),
    )?;
    Ok(Shipment {
        order: order.id,
        payment: payment.reference,
        label,
        parcels: reserved.len() as u32,
        cents: payment.cents,
    })
}

/// Reserves the stock for one line of the order.
#[task(timeout = "30s", retry(on = "States.Timeout", interval = "1s", backoff = 2.0, attempts = 3, jitter = full))]
async fn reserve(order_id: String, item: Item) -> Result<Reservation, OrderError> {
    if item.sku.starts_with("GONE") {
        return Err(OrderError::OutOfStock { sku: item.sku });
    }
    let warehouse = if order_id.ends_with('7') { "north" } else { "south" };
    Ok(Reservation { sku: item.sku, warehouse: warehouse.to_owned(), cents: item.quantity * item.price_cents })
}

/// Charges the card, once for an order however often the attempt is repeated: the bank knows the idempotency key.
#[task(timeout = "1m")]
fn charge(
    order_id: String,
    card: String,
    cents: u32,
    #[resource] bank: Bank,
    context: TaskContext,
) -> Result<Payment, OrderError> {
    match bank.charge(context.idempotency_key(), &order_id, &card, cents) {
        Ok(reference) => Ok(Payment { reference, cents }),
        Err(Declined { reason }) => Err(OrderError::CardDeclined { reason }),
    }
}

/// Gives the stock of an order back.
#[task]
async fn release(_order_id: String) {}

/// Asks the carrier; one in fifty orders has to wait for it.
#[task(retry(on = "CarrierBusy", interval = "1s", attempts = 5))]
async fn carrier_ready(order_id: String, waited: u32) -> Result<bool, OrderError> {
    Ok(waited > 0 || !order_id.ends_with("50"))
}

/// Prints the parcel's label.
#[task]
async fn print_label(order_id: String, customer: Customer, express: bool) -> Result<String, OrderError> {
    let carrier = if express { "FAST" } else { "POST" };
    Ok(format!("{carrier}-{}-{order_id}", customer.country))
}

/// Sends the receipt.
#[task]
async fn send_receipt(customer: Customer, payment: Payment) -> Result<(), OrderError> {
    let _mail = format!("Dear {}, we charged {} cents ({}).", customer.name, payment.cents, payment.reference);
    Ok(())
}
