"""Ages for templates: `{{ moment|ago:now }}`, and `{{ moment|brief:now }}` for one that may be to come."""

from django import template

from integrations import ages

register = template.Library()
register.filter("ago", ages.ago)
register.filter("brief", ages.brief)
