from channels.models.messages import MessageLog
from channels.models.points import IntegrationPoint
from channels.models.sending import SendingState
from channels.models.types import ChannelType

__all__ = ["ChannelType", "IntegrationPoint", "MessageLog", "SendingState"]
