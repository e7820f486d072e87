"""Ages for templates: `{{ moment|ago:now }}`."""

from django import template

from integrations import ages

register = template.Library()
register.filter("ago", ages.ago)
