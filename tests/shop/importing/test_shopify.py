"""Shopify's export: variants of one handle are one product, and what they disagree on is said."""

import csv
from pathlib import Path

from bot.model import Product
from bot.shop.importing.assembly import Imported, assemble, read
from bot.shop.importing.columns import assign
from bot.shop.importing.supposed import Wishes

HEAD = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Tags", "Status", "Option1 Name", "Option1 Value",
    "Option2 Name", "Option2 Value", "Variant SKU", "Variant Inventory Qty",
    "Variant Inventory Policy", "Variant Price", "Variant Compare At Price", "Image Src",
    "Cost per item", "Fabric (product.metafields.custom.fabric)",
)  # fmt: skip
TEE = {
    "Handle": "tee", "Title": "Classic Tee", "Body (HTML)": "<p>Soft.</p><li>Machine wash</li>",
    "Vendor": "Acme", "Tags": "summer, sale", "Status": "active", "Option1 Name": "Size",
    "Option1 Value": "S", "Option2 Name": "Color", "Option2 Value": "Black", "Variant SKU": "T-S",
    "Variant Inventory Qty": "5", "Variant Inventory Policy": "deny", "Variant Price": "25.00",
    "Variant Compare At Price": "35.00", "Image Src": "https://a/1.jpg", "Cost per item": "7",
    "Fabric (product.metafields.custom.fabric)": "100% cotton",
}  # fmt: skip
MEDIUM = {
    "Handle": "tee", "Option1 Value": "M", "Option2 Value": "White", "Variant Inventory Qty": "8",
    "Variant Inventory Policy": "deny", "Variant Price": "25.00", "Variant Compare At Price": "35.00",
}  # fmt: skip
PICTURE = {"Handle": "tee", "Image Src": "https://a/2.jpg"}
MUG = {
    "Handle": "mug", "Title": "Mug", "Option1 Name": "Title", "Option1 Value": "Default Title",
    "Variant Price": "12.50",
}  # fmt: skip


def brought(folder: Path, *rows: dict[str, str]) -> Imported:
    path = folder / "products_export.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEAD)
        writer.writeheader()
        writer.writerows(rows)
    sheet = read(path)
    columns = assign(sheet.columns, [row.cells for row in sheet.rows], {})
    return assemble(path, sheet, columns, Wishes())


def only(folder: Path, *rows: dict[str, str]) -> Product:
    (product,) = brought(folder, *rows).catalogue.products
    return product


def test_the_variants_of_a_handle_are_one_product(tmp_path: Path) -> None:
    found = brought(tmp_path, TEE, MEDIUM, PICTURE, MUG)
    assert found.faults == ()
    assert found.catalogue.products == (
        Product(
            sku="tee", name="Classic Tee", price=25.0, list_price=35.0, stock=13, sizes=("S", "M"),
            colors=("Black", "White"), material="100% cotton", specs={"Vendor": "Acme"},
            notes="Soft. Machine wash",
        ),
        Product(sku="mug", name="Mug", price=12.5),
    )  # fmt: skip
    assert found.notes[0] == "4 rows of variants and pictures are 2 products"


def test_variants_that_do_not_stand_together_are_still_one_product(tmp_path: Path) -> None:
    tee, _ = brought(tmp_path, TEE, MUG, MEDIUM).catalogue.products
    assert tee.sizes == ("S", "M")


def test_prices_that_differ_are_a_fault_that_names_them(tmp_path: Path) -> None:
    large = MEDIUM | {"Option1 Value": "XL", "Variant Price": "29.00"}
    found = brought(tmp_path, MUG, TEE, MEDIUM, large)
    (fault,) = found.faults
    assert fault.endswith(
        "row 3, column Variant Price: expected one price for all variants, got "
        "25.00 (S Black, M White); 29.00 (XL White): give each price a Handle of its own"
    )
    assert [product.sku for product in found.catalogue.products] == ["mug"]


def test_one_price_written_in_two_ways_is_one_price(tmp_path: Path) -> None:
    assert only(tmp_path, TEE, MEDIUM | {"Variant Price": "25.0"}).price == 25.0


def test_a_price_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    (fault,) = brought(tmp_path, TEE | {"Variant Price": "ask"}, MUG).faults
    assert 'column Variant Price: expected an amount, got "ask"' in fault


def test_stock_is_unknown_where_a_variant_is_not_counted(tmp_path: Path) -> None:
    assert only(tmp_path, TEE, MEDIUM | {"Variant Inventory Qty": ""}).stock is None
    assert only(tmp_path, TEE, MEDIUM | {"Variant Inventory Policy": "continue"}).stock is None


def test_a_variant_that_is_oversold_counts_as_none_left(tmp_path: Path) -> None:
    assert only(tmp_path, TEE, MEDIUM | {"Variant Inventory Qty": "-4"}).stock == 5


def test_the_list_price_stands_where_all_agree_and_it_is_above_the_price(tmp_path: Path) -> None:
    assert only(tmp_path, TEE, MEDIUM | {"Variant Compare At Price": "30.00"}).list_price is None
    assert only(tmp_path, TEE | {"Variant Compare At Price": "25.00"}).list_price is None
    assert only(tmp_path, TEE | {"Variant Compare At Price": ""}).list_price is None


def test_drafts_and_archived_products_are_left_out_and_counted(tmp_path: Path) -> None:
    found = brought(tmp_path, MUG, TEE | {"Status": "draft"}, MEDIUM)
    assert [product.sku for product in found.catalogue.products] == ["mug"]
    assert found.notes[1] == "left out as drafts or archived: 1"


def test_an_option_of_another_name_is_a_specification(tmp_path: Path) -> None:
    first = TEE | {"Option1 Name": "Scent", "Option1 Value": "Rose"}
    found = only(tmp_path, first, MEDIUM | {"Option1 Value": "Lemon"})
    assert found.specs == {"Vendor": "Acme", "Scent": "Rose、Lemon"}
