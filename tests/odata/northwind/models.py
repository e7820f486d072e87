"""A trading company, several shops of it: nothing of the hub's, to prove that the OData layer is generic."""

from django.db import models


class OfShop(models.QuerySet):
    def of_shop(self, shop):
        return self.filter(shop=shop)


class InShop(models.Model):
    shop = models.CharField(max_length=20)

    objects = OfShop.as_manager()

    class Meta:
        abstract = True

    def __str__(self):
        return f"{type(self).__name__} {self.pk}"


class Category(InShop):
    name = models.CharField(max_length=40)
    description = models.TextField(null=True)
    picture = models.BinaryField(null=True)


class Supplier(InShop):
    company = models.CharField(max_length=40)
    street = models.CharField(max_length=60, null=True)
    city = models.CharField(max_length=40, null=True)
    country = models.CharField(max_length=20, null=True)


class Tag(InShop):
    word = models.CharField(max_length=20)


class Product(InShop):
    name = models.CharField(max_length=40)
    category = models.ForeignKey(Category, models.SET_NULL, null=True, related_name="products")
    supplier = models.ForeignKey(Supplier, models.SET_NULL, null=True, related_name="products")
    unit_price = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    stock = models.IntegerField(default=0)
    weight = models.FloatField(null=True)
    discontinued = models.BooleanField(default=False)
    released = models.DateField(null=True)
    updated_on = models.DateTimeField(null=True)
    serial = models.UUIDField(null=True)
    colour = models.CharField(max_length=10, null=True)
    features = models.IntegerField(default=0)
    sold = models.BigIntegerField(null=True)
    row_version = models.IntegerField(default=1)
    tags = models.ManyToManyField(Tag, related_name="products")


class Customer(InShop):
    """Its key on the wire is `code`, chosen by the shop."""

    code = models.CharField(max_length=5)
    company = models.CharField(max_length=40)
    contact = models.CharField(max_length=30, null=True)
    discount = models.FloatField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "code"], name="customer_code_once")]


class Order(InShop):
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="orders")
    ordered_on = models.DateTimeField()
    shipped_on = models.DateTimeField(null=True)
    freight = models.FloatField(null=True)


class OrderLine(InShop):
    """Its key on the wire is (order, line)."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    line = models.IntegerField()
    product = models.ForeignKey(Product, models.CASCADE, related_name="lines")
    quantity = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "line"], name="order_line_once")]


class Note(InShop):
    """What it says depends on its kind."""

    kind = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
