"""Rows to read: two shops with the same kind of things, nulls in every column that bears them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tests.odata.northwind.models import (
    Category,
    Customer,
    Note,
    Order,
    OrderLine,
    Product,
    Supplier,
    Tag,
)

START = datetime(2024, 1, 1, 10, 30, 15, 250_000, tzinfo=UTC)
NAMES = ["Chai", "chang", "Aniseed", "Grüße", "", "O'Neil's 100%_\\", " Ikura ", "Tofu", "chai tea", "Ärger"]


def _stocked(shop, index, categories, suppliers):
    """A product whose every nullable column is null at another rhythm."""
    return Product(
        shop=shop,
        name=NAMES[index % len(NAMES)],
        category=categories[index % 3] if index % 3 < 2 else None,
        supplier=suppliers[0] if index % 4 else None,
        unit_price=Decimal(index * 37 % 100) / 4 - 3 if index % 5 else None,
        stock=index * 7 % 11 - 3,
        weight=index * 1.25 - 5 if index % 4 else None,
        discontinued=index % 3 == 0,
        released=date(2024, 1, 1) + timedelta(days=index) if index % 6 else None,
        updated_on=START + timedelta(hours=index * 31) if index % 5 else None,
        serial=UUID(int=index) if index % 2 else None,
        colour=["Red", "Green", "Blue", None][index % 4],
        features=index % 8,
        sold=index * 10**9 - 10**10 if index % 3 else None,
    )


def fill(shop, products=20):
    """A shop with this many products, in the order of their keys."""
    categories = [
        Category.objects.create(shop=shop, name=name, picture=b"\x00\xff") for name in ("Drinks", "Food")
    ]
    suppliers = [Supplier.objects.create(shop=shop, company="Pavlova", city="Rome", country="Italy")]
    made = Product.objects.bulk_create(
        [_stocked(shop, index, [*categories, None], suppliers) for index in range(products)]
    )
    tags = [Tag.objects.create(shop=shop, word=word) for word in ("hot", "new")]
    for index, tag in enumerate(tags):
        tag.products.set(made[index :: index + 2])
    customer = Customer.objects.create(shop=shop, code="ALFKI", company="Alfred's", contact="Maria")
    Customer.objects.create(shop=shop, code="O'NEI", company="O'Neil & Sons")
    orders = Order.objects.bulk_create(
        [
            Order(shop=shop, customer=customer if index else None, ordered_on=START, freight=index * 1.5)
            for index in range(3)
        ]
    )
    OrderLine.objects.bulk_create(
        [
            OrderLine(shop=shop, order=order, line=line, product=made[line], quantity=line * 2)
            for order in orders
            for line in (1, 2)
        ]
    )
    Note.objects.bulk_create(
        [
            Note(shop=shop, kind="memo", data={"Text": "hello", "Amount": "5.50"}),
            Note(shop=shop, kind="recipe", data={"Minutes": 20, "Vegan": True}),
        ]
    )
    return made


def scatter(shop, chance):
    """Other values in every column of the products, each null for every fifth of them or so."""
    products = list(Product.objects.filter(shop=shop))
    for product in products:
        product.name = chance.choice(NAMES)
        product.stock, product.features = chance.randint(-5, 15), chance.randrange(8)
        product.discontinued = chance.random() < 0.5
        for column, value in _random_values(chance).items():
            setattr(product, column, value if chance.random() < 0.8 else None)
        product.category_id = chance.choice([product.category_id, None])
    changed = ["name", "stock", "features", "discontinued", "category", *_random_values(chance)]
    Product.objects.bulk_update(products, changed)


def _random_values(chance):
    return {
        "unit_price": Decimal(chance.randint(-3000, 3000)) / 100,
        "weight": chance.randint(-40, 100) / 4,
        "released": date(2024, 1, 1) + timedelta(days=chance.randint(-3, 30)),
        "updated_on": START
        + timedelta(seconds=chance.randint(-200_000, 3_000_000), microseconds=chance.randrange(10**6)),
        "serial": UUID(int=chance.randrange(60)),
        "colour": chance.choice(["Red", "Green", "Blue"]),
        "sold": chance.randint(-(10**10), 10**10),
    }
