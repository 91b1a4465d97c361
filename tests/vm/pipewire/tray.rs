//! The tray icon, with a host for such icons that a test makes.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use libtest_mimic::Trial;
use zbus::{
    blocking::{Connection, Proxy, connection},
    interface,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

use super::{
    bars_picture,
    control::field,
    daemon::{Desktop, desktop_test, within},
};
use crate::frames::Size;

pub(crate) fn trials() -> Vec<Trial> {
    vec![desktop_test("pipewire::tray_icon", tray_icon)]
}

/// The host: it remembers who has registered.
struct Watcher(Arc<Mutex<Vec<String>>>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String) {
        self.0.lock().unwrap().push(service);
    }

    fn register_status_notifier_host(&self, _service: String) {}

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

type Layout = (i32, std::collections::HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// The items of the menu: their numbers and labels.
fn items(connection: &Connection, service: &str) -> Vec<(i32, String)> {
    let item = Proxy::new(connection, service, "/StatusNotifierItem", "org.kde.StatusNotifierItem").unwrap();
    let menu: OwnedObjectPath = item.get_property("Menu").unwrap();
    let menu = Proxy::new(connection, service, menu.as_str(), "com.canonical.dbusmenu").unwrap();
    let (_, layout): (u32, Layout) = menu.call("GetLayout", &(0, -1, Vec::<&str>::new())).unwrap();
    let children = layout.2.into_iter().map(|child| Layout::try_from(child).unwrap());
    let label = |child: &Layout| match child.1.get("label").map(|label| &**label) {
        Some(Value::Str(text)) => text.to_string(),
        _ => String::new(),
    };
    children.map(|child| (child.0, label(&child))).collect()
}

/// Clicks the item with this label.
fn click(connection: &Connection, service: &str, wanted: &str) {
    let items = items(connection, service);
    let (id, _) = items.iter().find(|(_, label)| label == wanted).unwrap_or_else(|| panic!("{items:?}"));
    let item = Proxy::new(connection, service, "/StatusNotifierItem", "org.kde.StatusNotifierItem").unwrap();
    let menu: OwnedObjectPath = item.get_property("Menu").unwrap();
    let menu = Proxy::new(connection, service, menu.as_str(), "com.canonical.dbusmenu").unwrap();
    let () = menu.call("Event", &(*id, "clicked", Value::from(0), 0_u32)).unwrap();
}

fn tray_icon() {
    let desktop = Desktop::start();
    let address = format!("unix:path={}", desktop.path("run/bus").display());
    let registered = Arc::<Mutex<Vec<String>>>::default();
    let host = || {
        let builder = connection::Builder::address(address.as_str()).unwrap();
        let builder = builder.serve_at("/StatusNotifierWatcher", Watcher(registered.clone())).unwrap();
        builder.name("org.kde.StatusNotifierWatcher").unwrap().build().unwrap()
    };
    let picture = bars_picture(&desktop, Size::SMALL);
    let line = format!("--input {} --fps 10 --effect none --output pipewire", picture.display());
    // Without --tray nothing registers; with it, also at a host that comes later.
    let without = host();
    let mut producer = desktop.producer(&line);
    std::thread::sleep(Duration::from_secs(3));
    assert!(registered.lock().unwrap().is_empty());
    drop((producer, without));
    producer = desktop.producer(&format!("{line} --tray"));
    std::thread::sleep(Duration::from_secs(2));
    let connection = host();
    within(30, "an icon", || !registered.lock().unwrap().is_empty());
    let service = registered.lock().unwrap()[0].clone();

    // Not installed here, it brings its picture; installed, it is named by its symbol.
    let item = Proxy::new(&connection, service.as_str(), "/StatusNotifierItem", "org.kde.StatusNotifierItem");
    let item = item.unwrap();
    let name: String = item.get_property("IconName").unwrap();
    assert!(["", "gpucam-symbolic"].contains(&name.as_str()), "{name}");
    let pictures: Vec<(i32, i32, Vec<u8>)> = item.get_property("IconPixmap").unwrap();
    let drawn = image::load_from_memory(include_bytes!("../../../packaging/icons/gpucam-64.png")).unwrap();
    let [_, red, green, blue] = *pictures[0].2[4 * (32 * 64 + 32)..].first_chunk::<4>().unwrap();
    assert_eq!((pictures[0].0, pictures[0].1, pictures[0].2.len()), (64, 64, 4 * 64 * 64));
    assert_eq!([red, green, blue], drawn.into_rgba8().get_pixel(32, 32).0[..3], "the middle of the icon");

    let labels: Vec<String> = items(&connection, &service).into_iter().map(|(_, label)| label).collect();
    note!("{labels:?}");
    assert!(labels[0].starts_with("gpucam: ") && labels.contains(&"Quit".into()), "{labels:?}");
    click(&connection, &service, "Pause");
    within(10, "a pause", || field(&desktop, "state") == "paused");
    within(10, "the other word", || items(&connection, &service).iter().any(|(_, label)| label == "Resume"));
    click(&connection, &service, "Resume");
    within(10, "its end", || field(&desktop, "state") != "paused");
    click(&connection, &service, "Quit");
    assert_eq!(producer.ended(), Some(0), "{}", producer.log());
}
