"""The registry of the trading company. A principal is the name of a shop."""

from decimal import Decimal

from django.db.models import F
from django.utils.crypto import get_random_string

from integrationhub.wire.odata.edm import CollectionOf, ComplexType, EnumType, Primitive
from integrationhub.wire.odata.registry import (
    DynamicProperties,
    EntityResult,
    EntitySet,
    EntityType,
    Navigation,
    Operation,
    Parameter,
    Property,
    Service,
    Singleton,
)
from tests.odata.northwind import models

INT, STRING = Primitive.INT32, Primitive.STRING

ADDRESS = ComplexType(
    "Address",
    (
        Property("Street", STRING, max_length=60),
        Property("City", STRING, max_length=40),
        Property("Country", STRING, max_length=20),
    ),
)
COLOUR = EnumType("Colour", {"Red": 0, "Green": 1, "Blue": 2})
FEATURES = EnumType("Features", {"Organic": 1, "Vegan": 2, "Frozen": 4}, is_flags=True, stored_as_number=True)


def seen(model):
    return lambda shop: model.objects.of_shop(shop)


def saver(model, columns, *, to_one=()):
    """Verbs that save rows of a model: property name → column."""

    def assign(row, shop, values):
        for name, value in values.items():
            if name == "Address":
                for part, inner in (value or {}).items():
                    setattr(row, part.lower(), inner)
            elif name in columns:
                stored = FEATURES.number_of(value) if name == "Features" else value
                setattr(row, columns[name], stored)
        if hasattr(row, "row_version"):
            row.row_version += 1

    def create(caller, values):
        row = model(shop=caller.principal)
        assign(row, caller.principal, values)
        row.save()
        return row

    def update(caller, row, values):
        assign(row, caller.principal, values)
        row.save()

    def delete(caller, row):
        row.delete()

    return {"create": create, "update": update, "delete": delete}


CATEGORY = EntityType(
    "Category",
    key=("CategoryID",),
    properties=(
        Property("CategoryID", INT, "id", nullable=False, computed=True),
        Property("CategoryName", STRING, "name", nullable=False, max_length=40),
        Property("Description", STRING, "description"),
        Property("Picture", Primitive.BINARY, "picture"),
    ),
    navigations=(
        Navigation("Products", "Products", many=True, local="pk", remote="category_id", partner="Category"),
    ),
)
SUPPLIER = EntityType(
    "Supplier",
    key=("SupplierID",),
    properties=(
        Property("SupplierID", INT, "id", nullable=False, computed=True),
        Property("CompanyName", STRING, "company", nullable=False, max_length=40),
        Property(
            "Address",
            ADDRESS,
            nullable=False,
            parts={"Street": "street", "City": "city", "Country": "country"},
        ),
    ),
    navigations=(
        Navigation("Products", "Products", many=True, local="pk", remote="supplier_id", partner="Supplier"),
    ),
)
TAG = EntityType(
    "Tag",
    key=("TagID",),
    properties=(
        Property("TagID", INT, "id", nullable=False, computed=True),
        Property("Word", STRING, "word", nullable=False, max_length=20),
    ),
    navigations=(
        Navigation("Products", "Products", many=True, local="pk", remote="tags__id", partner="Tags"),
    ),
)
PRODUCT = EntityType(
    "Product",
    key=("ProductID",),
    properties=(
        Property("ProductID", INT, "id", nullable=False, computed=True),
        Property("ProductName", STRING, "name", nullable=False, max_length=40, aliases=("Name",)),
        Property("CategoryID", INT, "category_id"),
        Property("SupplierID", INT, "supplier_id"),
        Property("UnitPrice", Primitive.DECIMAL, "unit_price", precision=10, scale=2),
        Property("UnitsInStock", INT, "stock", nullable=False, default=0),
        Property("Weight", Primitive.DOUBLE, "weight"),
        Property("Discontinued", Primitive.BOOLEAN, "discontinued", nullable=False, default=False),
        Property("Released", Primitive.DATE, "released"),
        Property("UpdatedOn", Primitive.DATE_TIME_OFFSET, "updated_on"),
        Property("Serial", Primitive.GUID, "serial"),
        Property("Colour", COLOUR, "colour"),
        Property("Features", FEATURES, "features", nullable=False, default="0"),
        Property("UnitsSold", Primitive.INT64, "sold"),
        Property(
            "Label",
            STRING,
            compute=lambda row: f"{row['name']} #{row['id']}",
            needs=("name", "id"),
            nullable=False,
            computed=True,
            filterable=False,
            sortable=False,
        ),
    ),
    navigations=(
        Navigation(
            "Category",
            "Categories",
            local="category_id",
            remote="pk",
            partner="Products",
            constraint={"CategoryID": "CategoryID"},
        ),
        Navigation(
            "Supplier",
            "Suppliers",
            local="supplier_id",
            remote="pk",
            partner="Products",
            constraint={"SupplierID": "SupplierID"},
        ),
        Navigation("Lines", "OrderLines", many=True, local="pk", remote="product_id", partner="Product"),
        Navigation("Tags", "Tags", many=True, local="pk", remote="products__id", partner="Products"),
    ),
    concurrency="row_version",
    annotations={"Core.Description": "What the shops sell"},
)
CUSTOMER = EntityType(
    "Customer",
    key=("CustomerID",),
    properties=(
        Property("CustomerID", STRING, "code", nullable=False, max_length=5, updatable=False),
        Property("CompanyName", STRING, "company", nullable=False, max_length=40),
        Property("ContactName", STRING, "contact", max_length=30),
        Property("Discount", Primitive.DOUBLE, "discount", nullable=False, default=0.0),
    ),
    navigations=(
        Navigation("Orders", "Orders", many=True, local="pk", remote="customer_id", partner="Customer"),
    ),
)
ORDER = EntityType(
    "Order",
    key=("OrderID",),
    properties=(
        Property("OrderID", INT, "id", nullable=False, computed=True),
        Property("CustomerID", STRING, "customer__code"),
        Property("OrderDate", Primitive.DATE_TIME_OFFSET, "ordered_on", nullable=False),
        Property("ShippedDate", Primitive.DATE_TIME_OFFSET, "shipped_on"),
        Property("Freight", Primitive.DOUBLE, "freight"),
    ),
    navigations=(
        Navigation("Customer", "Customers", local="customer_id", remote="pk", partner="Orders"),
        Navigation("Lines", "OrderLines", many=True, local="pk", remote="order_id", partner="Order"),
    ),
)
ORDER_LINE = EntityType(
    "OrderLine",
    key=("OrderID", "Line"),
    properties=(
        Property("OrderID", INT, "order_id", nullable=False),
        Property("Line", INT, "line", nullable=False),
        Property("ProductID", INT, "product_id", nullable=False),
        Property("Quantity", INT, "quantity", nullable=False),
    ),
    navigations=(
        Navigation("Order", "Orders", local="order_id", remote="pk", partner="Lines", nullable=False),
        Navigation("Product", "Products", local="product_id", remote="pk", partner="Lines", nullable=False),
    ),
)

RECIPE = (Property("Minutes", INT), Property("Vegan", Primitive.BOOLEAN))
MEMO = (Property("Text", STRING), Property("Amount", Primitive.DECIMAL))
NOTE = EntityType(
    "Note",
    key=("NoteID",),
    properties=(
        Property("NoteID", INT, "id", nullable=False, computed=True),
        Property("Kind", STRING, "kind", nullable=False, max_length=20),
    ),
    dynamic=DynamicProperties(
        column="data",
        discriminator="Kind",
        declared=lambda shop, kinds: {"recipe": RECIPE, "memo": MEMO},
    ),
)

CATEGORIES = EntitySet(
    "Categories",
    CATEGORY,
    seen(models.Category),
    **saver(models.Category, {"CategoryName": "name", "Description": "description", "Picture": "picture"}),
)
PRODUCTS = EntitySet(
    "Products",
    PRODUCT,
    seen(models.Product),
    searched=("ProductName",),
    **saver(
        models.Product,
        {each.name: each.source for each in PRODUCT.properties if each.source and each.name != "ProductID"},
    ),
)
CUSTOMERS = EntitySet(
    "Customers",
    CUSTOMER,
    seen(models.Customer),
    key_is_client_chosen=True,
    searched=("CompanyName", "ContactName"),
    **saver(
        models.Customer,
        {
            "CustomerID": "code",
            "CompanyName": "company",
            "ContactName": "contact",
            "Discount": "discount",
        },
    ),
)


def _discontinue(caller, bound, arguments):
    bound.update(discontinued=True, row_version=7)
    return dict(zip(("ProductID",), bound.values_list("id")[0], strict=True))


def _with_tax(caller, bound, arguments):
    return bound.values_list("unit_price", flat=True)[0] * (1 + arguments["Rate"])


OPERATIONS = (
    Operation(
        "PriceWithTax",
        "function",
        _with_tax,
        bound_to="Products",
        parameters=(Parameter("Rate", Primitive.DECIMAL, nullable=False, default=Decimal("0.19")),),
        returns=Primitive.DECIMAL,
        scope="read",
    ),
    Operation(
        "InStock",
        "function",
        lambda caller, bound, arguments: bound.filter(stock__gt=0),
        bound_to="Products",
        to_collection=True,
        returns=EntityResult("Products", many=True),
        scope="read",
    ),
    Operation(
        "ShopName",
        "function",
        lambda caller, bound, arguments: caller.principal,
        returns=STRING,
        scope="read",
    ),
    Operation(
        "Words",
        "function",
        lambda caller, bound, arguments: [arguments["Word"]] * arguments["Times"],
        parameters=(Parameter("Word", STRING, nullable=False), Parameter("Times", INT, nullable=False)),
        returns=CollectionOf(STRING),
        scope="read",
    ),
    Operation(
        "Discontinue",
        "action",
        _discontinue,
        bound_to="Products",
        returns=EntityResult("Products"),
    ),
    Operation(
        "Coupon",
        "action",
        lambda caller, bound, arguments: get_random_string(arguments["Length"]),
        parameters=(Parameter("Length", INT, default=8),),
        returns=STRING,
    ),
)

SERVICE = Service(
    "Northwind",
    sets=(
        CATEGORIES,
        EntitySet(
            "Suppliers", SUPPLIER, seen(models.Supplier), **saver(models.Supplier, {"CompanyName": "company"})
        ),
        EntitySet("Tags", TAG, seen(models.Tag), **saver(models.Tag, {"Word": "word"})),
        PRODUCTS,
        CUSTOMERS,
        EntitySet("Orders", ORDER, seen(models.Order), page_size=20),
        EntitySet("OrderLines", ORDER_LINE, seen(models.OrderLine)),
        EntitySet("Notes", NOTE, seen(models.Note)),
    ),
    singletons=(
        Singleton(
            "Bestseller",
            "Products",
            lambda shop: models.Product.objects.of_shop(shop).order_by(F("sold").desc(nulls_last=True))[:1],
        ),
    ),
    operations=OPERATIONS,
)
