"""A technician's job on a phone: scan (keyboard and camera), customer, signal, photo, signature."""

import base64
import io
import urllib.request

import pytest
from browser import Browser
from PIL import Image
from support import eventually

WIDTH, HEIGHT = 640, 480


@pytest.fixture(scope="module")
def van(suite):
    """:return: the serials of two ONUs in the technician's van, loaded for these tests"""
    serials = [f"HWTC5E{number:06X}" for number in (0xA1, 0xA2)]
    product = suite.rpc("isp.onu", "search_read", [], ["product_id"], limit=1)[0]["product_id"][0]
    suite.rpc("isp.onu", "action_receive", serials=serials, product_id=product)
    items = suite.rpc(
        "isp.inventory.item", "search_read", [("name", "in", serials)], ["name"], order="name"
    )
    assert [item["name"] for item in items] == serials
    technician = suite.ref("silver_inventory.user_tecnico")
    suite.rpc(
        "isp.inventory.item",
        "action_load_van",
        [item["id"] for item in items],
        technician_id=technician,
    )
    return serials


def new_customer(suite, name):
    return suite.rpc("res.partner", "create", {"name": name, "street": "Los Pinos 1"})


def custody(suite, partner):
    return suite.rpc(
        "isp.inventory.item", "search_read", [("partner_id", "=", partner)], ["name", "status"]
    )


def barcode(suite, code, kind, width, height):
    """:return: the picture that a label carries, as a grey image"""
    url = f"{suite.url}/report/barcode/{kind}/{code}?width={width}&height={height}"
    with urllib.request.urlopen(url) as answer:
        return Image.open(io.BytesIO(answer.read())).convert("L")


def film(picture, path):
    """What a camera held over ``picture`` sees, as the raw video that Chromium plays as one."""
    frame = Image.new("L", (WIDTH, HEIGHT), 255)
    frame.paste(picture, ((WIDTH - picture.width) // 2, (HEIGHT - picture.height) // 2))
    colour = bytes([128]) * (WIDTH * HEIGHT // 2)
    with open(path, "wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode())
        for _frame in range(5):
            file.write(b"FRAME\n" + frame.tobytes() + colour)
    return path


@pytest.fixture
def phone(suite):
    window = Browser(suite, "tecnico", "tecnico", phone=True)
    yield window
    window.close()


def test_close_a_job_with_the_keyboard(suite, phone, van, tmp_path):
    partner = new_customer(suite, "Rosa Telefónica")
    assert phone.open("/odoo/silver-van") == []
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        "nothing sticks out of a phone"
    )
    phone.tap(".o_silver_van button[name=install]")
    # another spelling of the serial, as a reader with a keyboard wedge or a person types it
    phone.type(".o_silver_van input[name=code]", van[0].lower(), enter=True)
    phone.see(".o_silver_van .alert-success", van[0])
    phone.type(".o_silver_van input[name=customer]", "Rosa Telef")
    phone.tap(".o_silver_van .list-group-item", "Rosa Telefónica")
    phone.type(".o_silver_van input[name=signal]", "-19,5")
    eventually(
        lambda: phone.evaluate(
            "!!document.querySelector('.o_silver_van input[name=signal].text-success')"
        ),
        "a good signal is green",
    )
    photo = tmp_path / "photo.png"
    Image.new("RGB", (2000, 1500), (30, 120, 200)).save(photo)
    phone.upload(".o_silver_van input[type=file]", photo)
    phone.see(".o_silver_van button", "foto")
    eventually(
        lambda: phone.evaluate("!!document.querySelector('.o_silver_photo')"), "the photo is shown"
    )
    x, y, width, height = phone.box(".o_silver_signature")
    phone.stroke([(x + 20 + step * 15, y + height / 2 + step % 2 * 25) for step in range(10)])
    phone.tap(".o_silver_van button[name=close]")
    phone.see(".o_notification", "Rosa Telefónica")
    assert custody(suite, partner) == [
        {"id": custody(suite, partner)[0]["id"], "name": van[0], "status": "assigned"}
    ]
    [job] = suite.rpc(
        "isp.installation",
        "search_read",
        [("partner_id", "=", partner)],
        ["signal_dbm", "photo", "signature"],
    )
    assert job["signal_dbm"] == -19.5
    assert max(Image.open(io.BytesIO(base64.b64decode(job["photo"]))).size) == 1280, "made smaller"
    ink = Image.open(io.BytesIO(base64.b64decode(job["signature"]))).convert("L").histogram()
    assert sum(ink[:128]) > 50, "the signature has a stroke in it"


def test_not_in_my_van_says_where_it_is(suite, phone):
    partner = new_customer(suite, "Otro Dueño")
    [item] = suite.rpc(
        "isp.inventory.item",
        "search_read",
        [("status", "=", "available"), ("technician_id", "=", False)],
        ["name"],
        limit=1,
    )
    suite.rpc("isp.inventory.item", "action_install", [item["id"]], partner_id=partner)
    phone.open("/odoo/silver-van")
    phone.tap(".o_silver_van button[name=install]")
    phone.type(".o_silver_van input[name=code]", item["name"], enter=True)
    assert "Otro Dueño" in phone.see(".o_notification", "Otro Dueño")


@pytest.mark.parametrize("shape", [("QR", 110, 110), ("Code128", 400, 80)])
def test_scan_with_the_camera(suite, van, tmp_path, shape):
    """A film stands for what the camera sees: our label's QR and the maker's bars, at a distance at
    which they fit the reader's window. Odoo's own reader (ZXing) reads it."""
    video = film(barcode(suite, van[1], *shape), tmp_path / "camera.y4m")
    flags = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    )
    phone = Browser(suite, "tecnico", "tecnico", flags=flags, phone=True)
    try:
        phone.open("/odoo/silver-van")
        phone.tap(".o_silver_van button[name=install]")
        phone.tap(".o_silver_van .input-group button")
        phone.see(".o_silver_van .alert-success", van[1], timeout=60)
        assert phone.errors == []
    finally:
        phone.close()
