import type { PageResponse } from '@anthropic-ai/sdk/core/pagination';
import type { Message, MessageTokensCount, RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import type { ModelInfo } from '@anthropic-ai/sdk/resources/models';
import type { ErrorResponse } from '@anthropic-ai/sdk/resources/shared';

export type Answer = Message;
export type AnswerEvent = RawMessageStreamEvent;
export type TokenCount = MessageTokensCount;
export type Error = ErrorResponse;
export type OneModel = ModelInfo;
export type ModelList = PageResponse<ModelInfo>;
